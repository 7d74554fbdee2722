"""What readers meet where something was pruned: the match without its moves, the feed with a word about its gap."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from redis import Redis
from sqlalchemy import Engine, text

from arena.client import Client, ClientError
from arena.flow.prune import Limits, keep_up, prune
from arena.stream.feed import Event, RedisFeed
from arena.stream.redis import FEED
from tests.integration.archive import Archive
from tests.integration.server import serving, until

LONG_AGO = datetime.now(UTC) - timedelta(days=400)
MONTHS = Limits(timedelta(days=60), timedelta(days=60))


@pytest.fixture
def archive(engine: Engine) -> Archive:
    """Five old matches, pruned, and two that are kept."""
    archive = Archive(engine)
    archive.happen(5, LONG_AGO)
    archive.happen(2, datetime.now(UTC))
    keep_up(engine)
    assert sum(step.rows for step in prune(engine, MONTHS)) == 10
    return archive


@pytest.fixture
def url(archive: Archive, redis_url: str) -> Iterator[str]:
    with serving(archive.engine, redis_url) as url:
        yield url


@pytest.fixture
def pruned(archive: Archive) -> str:
    """The id of a match whose moves are gone."""
    return str(archive.rows("SELECT match_id FROM result ORDER BY match_id LIMIT 1")[0][0])


def test_a_pruned_match_tells_all_but_its_moves(url: str, pruned: str) -> None:
    with Client(url) as arena:
        match = arena.match(pruned)
        assert (match["status"], match["transcript"], match["transcript_pruned"]) == ("settled", None, True)
        assert match["seed"] is not None
        assert match["game_hash"]
        assert match["evidence_hash"]
        with pytest.raises(ClientError) as refused:
            arena.match(pruned, "prose")
        assert (refused.value.code, refused.value.status) == ("match.transcript_pruned", 410)
        assert "views" in refused.value.todo
        kept = arena.matches(limit=1)["matches"][0]["id"]
        whole = arena.match(kept, "prose")
        assert whole["transcript"]["plies"]
        assert not whole["transcript_pruned"]


def test_a_match_that_waits_is_not_taken_for_pruned(url: str, archive: Archive) -> None:
    (waiting,) = archive.queue(1)
    with Client(url) as arena:
        assert not arena.match(str(waiting), "prose")["transcript_pruned"]


def test_its_page_says_so(url: str, pruned: str) -> None:
    page = httpx.get(f"{url}/matches/{pruned}")
    assert page.status_code == 200
    assert "Moves no longer kept" in page.text
    assert 'class="plies"' not in page.text
    kept = httpx.get(f"{url}/api/v1/matches").json()["matches"][0]["id"]
    assert "no longer kept" not in httpx.get(f"{url}/matches/{kept}").text


def arena(*words: str, said: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    given = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")} | environment
    command = (sys.executable, "-m", "arena.cli.main", *words)
    return subprocess.run(command, input=said, capture_output=True, text=True, env=given, timeout=60, check=False)


def test_replay_says_so(url: str, pruned: str) -> None:
    done = arena("replay", pruned, ARENA_URL=url)
    assert done.returncode == 0, done.stderr
    assert "Its moves are no longer kept." in done.stdout
    assert "Game hash" in done.stdout
    assert json.loads(arena("replay", pruned, "--json", ARENA_URL=url).stdout)["transcript_pruned"]


def heard(url: str, after: int, n: int) -> list[tuple[int, str]]:
    """The first `n` events after a number."""
    found: list[tuple[int, str]] = []
    with Client(url) as arena:
        for event in arena.feed(after):
            found.append((event.seq, event.event))
            if len(found) == n:
                return found
    return found


def test_a_client_of_long_ago_is_told_to_read_again(url: str) -> None:
    with_reset = [(5, "feed.reset"), (6, "match.settled"), (7, "match.settled")]
    assert heard(url, 0, 3) == heard(url, 2, 3) == with_reset
    assert heard(url, 5, 2) == with_reset[1:]
    assert heard(url, 6, 1) == with_reset[2:]


def test_a_reset_names_what_is_gone(url: str) -> None:
    with httpx.stream("GET", f"{url}/api/v1/feed", headers={"Last-Event-ID": "2"}) as answer:
        lines: list[str] = []
        for line in answer.iter_lines():
            lines.append(line)
            if line.startswith("id: 6"):
                break
    at = lines.index("event: feed.reset")
    assert {"id: 5", 'data: {"first":3,"last":5}'} < set(lines[at - 2 : at + 3])


def test_what_redis_still_has_needs_no_reset(archive: Archive, client: Redis, redis_url: str) -> None:
    RedisFeed(client, 100).publish(
        [Event(n, "match.settled", {"game": "tic_tac_toe", "league": "open"}) for n in range(1, 8)]
    )
    with serving(archive.engine, redis_url) as url:
        assert heard(url, 2, 5) == [(n, "match.settled") for n in range(3, 8)]
        client.xtrim(FEED, maxlen=3, approximate=False)
        assert heard(url, 2, 2) == [(5, "feed.reset"), (6, "match.settled")]


def test_a_reader_that_slept_through_a_pruning(archive: Archive, client: Redis, redis_url: str) -> None:
    """The API itself was behind: whoever follows it hears of the gap and of all that comes after it."""
    with serving(archive.engine, redis_url) as url:
        found: list[tuple[int, str]] = []
        thread = threading.Thread(target=lambda: found.extend(heard(url, 7, 3)), daemon=True)
        thread.start()
        until("the listener", lambda: b"arena_sse_clients 1.0" in httpx.get(f"{url}/metrics").content)
        with archive.engine.begin() as connection:
            missed = "INSERT INTO outbox (event, data, feed_seq) VALUES ('match.settled', :data, :seq)"
            for seq in (10, 11):
                connection.execute(text(missed), {"data": '{"game": "tic_tac_toe", "league": "open"}', "seq": seq})
        RedisFeed(client, 100).publish([Event(11, "match.settled", {"game": "tic_tac_toe", "league": "open"})])
        thread.join(30)
        assert found == [(9, "feed.reset"), (10, "match.settled"), (11, "match.settled")]
