"""Listings in pages: every row once, whatever the size of a page; and what a client has already is not sent again."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from arena.client import Client
from arena.core.jobs import State
from arena.flow.withdraw import pause
from arena.store import audit, jobs, keys, ladders, matches, players
from tests.play import enter, order, settle

N = 7
LISTINGS = {
    "/players": "name", "/matches": "id", "/jobs": "id", "/keys": "id", "/owners": "name", "/audit": "id",
}  # fmt: skip
ROWS = {"/matches": "matches", "/audit": "entries"}


@pytest.fixture
def http(engine: Engine, url: str) -> Iterator[httpx.Client]:
    """An admin of an arena with seven of everything."""
    seats = enter(engine, *(f"p{i}" for i in range(N)))
    for seed in range(N):
        order(engine, "kuhn_poker", seats[:2], seed)
    with engine.begin() as connection:
        chief = players.owner(connection, "chief")
        made = [keys.add(connection, chief, ["admin"]) for _ in range(N)]
        for i in range(N):
            jobs.add(connection, chief, {"name": f"j{i}", "kind": "selfplay", "spec": {}})
            audit.note(connection, "thing.done", f"s{i}")
    with httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"Bearer {made[0]}"}) as http:
        yield http


def rows(answer: httpx.Response, path: str) -> list[dict[str, Any]]:
    body = answer.json()
    return body[ROWS[path]] if path in ROWS else body


def walked(http: httpx.Client, path: str, limit: int) -> list[list[dict[str, Any]]]:
    answer = http.get(path, params={"limit": limit})
    pages = [rows(answer, path)]
    while "next" in answer.links:
        answer = http.get(httpx.URL(http.base_url).join(answer.links["next"]["url"]))
        assert answer.status_code == 200, answer.text
        pages.append(rows(answer, path))
    return pages


@pytest.mark.parametrize("path", LISTINGS)
def test_pages_hold_every_row_once_in_the_order_of_the_whole(http: httpx.Client, path: str) -> None:
    whole = rows(http.get(path), path)
    assert len(whole) >= N
    for limit in (1, 3, len(whole), len(whole) + 1):
        pages = walked(http, path, limit)
        assert [row for page in pages for row in page] == whole
        assert all(len(page) == limit for page in pages[:-1])
        assert 1 <= len(pages[-1]) <= limit


@pytest.mark.parametrize("path", LISTINGS)
def test_what_comes_meanwhile_neither_doubles_nor_hides_a_row(http: httpx.Client, engine: Engine, path: str) -> None:
    whole = rows(http.get(path), path)
    first = http.get(path, params={"limit": 3})
    with engine.begin() as connection:
        owner = players.owner(connection, "a newcomer")
        players.player(connection, "a newcomer", owner)
        keys.add(connection, owner, ["read"])
        jobs.add(connection, owner, {"name": "j", "kind": "selfplay", "spec": {}})
        audit.note(connection, "thing.done", "late")
    following = rows(http.get(httpx.URL(http.base_url).join(first.links["next"]["url"])), path)
    assert following == whole[3:6]


@pytest.mark.parametrize("path", LISTINGS)
def test_a_cursor_or_limit_that_is_none_is_refused(http: httpx.Client, path: str) -> None:
    name = "after" if path in {"/players", "/keys", "/owners"} else "before"
    wrong = "x" * 201 if path in {"/players", "/owners"} else "x"
    for parameters in ({name: wrong}, {name: "\0"}, {"limit": 0}, {"limit": 10**6}, {"limit": "x"}):
        answer = http.get(path, params=parameters)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid"), (parameters, answer.text)


def test_a_filter_goes_along(http: httpx.Client, engine: Engine) -> None:
    pages = walked(http, "/jobs", 2)
    answer = http.get("/jobs", params={"limit": 2, "state": State.QUEUED})
    assert "state=queued" in answer.links["next"]["url"]
    assert sum(map(len, pages)) == N


def test_the_client_gives_all_of_them(http: httpx.Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Client(url, http.headers["authorization"].removeprefix("Bearer ")) as arena:
        assert [p["name"] for p in arena.players()] == [f"p{i}" for i in range(N)]
        assert len({m["id"] for m in arena.each_match("kuhn_poker")}) == N
        assert len({j["id"] for j in arena.each_job()}) == N
        assert [e["subject"] for e in arena.each_entry()] == [f"s{i}" for i in reversed(range(N))]
        assert len(arena.keys()) == N
        assert len(arena.owners()) == N + 1
        paged = [*arena._each("/keys", limit=2)]
        assert paged == arena.keys()


def asked(http: httpx.Client, path: str, tag: str) -> httpx.Response:
    return http.get(path, headers={"If-None-Match": tag})


def test_every_read_has_a_tag_and_tells_nothing_twice(http: httpx.Client) -> None:
    for path in (*LISTINGS, "/games", "/leaderboards", "/leaderboards/kuhn_poker", "/players/p0", "/owners/me"):
        first = http.get(path)
        tag = first.headers["etag"]
        assert tag.startswith('"'), "a strong one"
        assert first.headers["cache-control"] == "private, no-cache", "what a key sees is nobody else's"
        for known in (tag, f'"other", W/{tag}', "*"):
            again = asked(http, path, known)
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), path
            assert "content-type" not in again.headers
        assert asked(http, path, '"other"').content == first.content
    assert httpx.get(f"{http.base_url}players").headers["cache-control"] == "no-cache"
    assert "etag" not in http.get("/players/nobody").headers


def test_a_ladders_tag_changes_with_the_ladder_and_only_then(http: httpx.Client, engine: Engine) -> None:
    path, other = "/leaderboards/kuhn_poker", "/leaderboards/leduc_poker"
    before = http.get(path).headers["etag"]
    elsewhere = http.get(other).headers["etag"]
    assert settle(engine, None) == N
    after = asked(http, path, before)
    assert after.status_code == 200
    assert asked(http, path, after.headers["etag"]).status_code == 304
    assert asked(http, other, elsewhere).status_code == 304
    with engine.begin() as connection:
        connection.execute(text("UPDATE standing SET elo = elo + 1"))
    refitted = asked(http, path, after.headers["etag"])
    assert refitted.status_code == 200, "as a refit changes it"
    assert {row["status"] for row in refitted.json()["rows"]} == {"active"}
    with engine.begin() as connection:
        pause(connection, "p0")
    paused = asked(http, path, refitted.headers["etag"])
    assert {row["player"]: row["status"] for row in paused.json()["rows"]} == {"p0": "paused", "p1": "active"}


def test_a_settled_matchs_tag_changes_when_it_is_voided_noticed_or_pruned(http: httpx.Client, engine: Engine) -> None:
    settle(engine, None)
    match_id = http.get("/matches", params={"limit": 1}).json()["matches"][0]["id"]
    path = f"/matches/{match_id}?views=prose"
    changes = (
        f"INSERT INTO finding (id, kind, match_id, detail) VALUES ('{uuid4()}', 'x.y', '{match_id}', '{{}}')",
        f"INSERT INTO void_event (match_id, reason) VALUES ('{match_id}', 'cheated')",
    )
    for change in changes:
        tag = http.get(path).headers["etag"]
        assert asked(http, path, tag).status_code == 304
        assert asked(http, f"/matches/{match_id}", tag).status_code == 200, "positions or none are two answers"
        with engine.begin() as connection:
            connection.execute(text(change))
        assert asked(http, path, tag).status_code == 200
    tag = http.get(f"/matches/{match_id}").headers["etag"]
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM transcript"))
    assert asked(http, f"/matches/{match_id}", tag).json()["transcript_pruned"]


def test_what_the_client_has_is_not_worked_out_again(
    http: httpx.Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(engine, None)
    match_id = http.get("/matches", params={"limit": 1}).json()["matches"][0]["id"]
    paths = (f"/matches/{match_id}?views=prose", "/leaderboards/kuhn_poker")
    known = [http.get(path).headers["etag"] for path in paths]

    def works(*_: object, **__: object) -> None:
        raise AssertionError("worked out again")

    monkeypatch.setattr(matches, "transcript", works)
    monkeypatch.setattr(ladders, "standings", works)
    assert [asked(http, path, tag).status_code for path, tag in zip(paths, known, strict=True)] == [304, 304]
