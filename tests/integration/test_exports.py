"""Exports: every settled and revealed match once, replayable; PGN that other programs read; and no growing memory."""

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import chess.pgn
import httpx
import pytest
import zstandard
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from api import exports, pgn
from arena.cli import export
from arena.client import Client, ClientError
from arena.core.ids import new_id
from arena.core.wire import Stop
from arena.store import ladders
from arena.store.exports import Wanted
from games import catalog
from games.rules import Format
from games.session import start
from tests.play import enter, order, settle


@pytest.fixture
def arena(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def rows(arena: Client, **filters: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in arena.export("matches.jsonl", **filters)]


def test_every_settled_match_is_a_line_that_replays_to_its_scores(
    arena: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    seats = enter(engine, "a", "b")
    made = [order(engine, game, seats, seed) for seed in range(3) for game in ("kuhn_poker", "connect_four")]
    settle(engine, None)
    waiting = order(engine, "connect_four", seats)
    with engine.begin() as connection:
        ladders.void(connection, made[0], "cheated")
        connection.execute(text("DELETE FROM transcript WHERE match_id = :id"), {"id": made[1]})
    found = rows(arena)
    assert sorted(row["id"] for row in found) == sorted(map(str, made))
    assert str(waiting) not in {row["id"] for row in found}
    assert [row["settled_at"] for row in found] == sorted(row["settled_at"] for row in found)
    for row in found:
        assert row["void"] == ("cheated" if row["id"] == str(made[0]) else None)
        assert [seat["player"] for seat in row["seats"]] == ["a", "b"]
        if row["id"] == str(made[1]):
            assert row["actions"] is None
            continue
        fmt = Format(row["rounds"], row["opening_plies"])
        state = start(catalog.load(row["game"]), row["seed"], row["variant"], fmt)
        assert row["game"] == "kuhn_poker" or row["opening"] == state.moves()
        for _, action in row["actions"]:
            state.apply(action)
        assert list(state.returns()) == [seat["score"] for seat in row["seats"]]


def test_sealed_ones_are_left_out_until_the_pair_is_settled(arena: Client, engine: Engine) -> None:
    seats, pair = enter(engine, "a", "b"), new_id()
    for legs in (seats, seats[::-1]):
        order(engine, "connect_four", legs, pair=pair)
    settle(engine, None, 1)
    assert rows(arena) == []
    settle(engine, None)
    assert len(rows(arena)) == 2


def test_filters(arena: Client, engine: Engine) -> None:
    a, b, c = enter(engine, "a", "b", "c")
    order(engine, "kuhn_poker", (a, b))
    order(engine, "leduc_poker", (b, c))
    settle(engine, None)
    (first,) = rows(arena, game="kuhn_poker")
    assert [r["game"] for r in rows(arena, player="c")] == ["leduc_poker"]
    assert len(rows(arena, player="b@1")) == 2
    assert len(rows(arena, league="open")) == 2
    assert rows(arena, league="reference") == []
    assert len(rows(arena, purpose="rated")) == 2
    assert rows(arena, purpose="evaluation") == []
    with pytest.raises(ClientError, match=r"b has no version '7'.*numbered from 1 to 1"):
        rows(arena, player="b@7")
    assert rows(arena, until=first["settled_at"]) == []
    assert len(rows(arena, since=first["settled_at"])) == 2
    for wrong in (
        {"game": "no"},
        {"player": "no"},
        {"player": "b@2"},
        {"league": "no"},
        {"since": "no"},
        {"purpose": "no"},
    ):
        with pytest.raises(ClientError) as error:
            rows(arena, **wrong)
        assert error.value.status in {404, 422}


def test_a_time_that_is_turned_round_is_no_empty_export(arena: Client) -> None:
    with pytest.raises(ClientError, match="no later than"):
        rows(arena, since="2026-12-01", until="2026-01-01")


@pytest.mark.parametrize("game", ["openspiel:blotto(coins=58,fields=6)", "textarena:Any-v0"])
def test_no_filter_has_a_game_made_that_a_stranger_names(
    arena: Client, monkeypatch: pytest.MonkeyPatch, game: str
) -> None:
    """It may take minutes, and all the memory that there is."""
    made: list[str] = []
    monkeypatch.setattr("games.catalog.load", made.append)
    assert arena.matches(game=game)["matches"] == []
    assert rows(arena, game=game) == []
    with pytest.raises(ClientError) as error:
        list(arena.export("games.pgn", game=game))
    assert error.value.code == "game.no_pgn"
    assert made == []


@pytest.mark.parametrize("accepted", ["zstd", "gzip", "br, gzip;q=0.5", "gzip;q=0, identity", ""])
def test_it_is_packed_for_who_accepts_that(url: str, engine: Engine, accepted: str) -> None:
    seats = enter(engine, "a", "b")
    for seed in range(5):
        order(engine, "kuhn_poker", seats, seed)
    settle(engine, None)
    where = f"{url}/api/v1/exports/matches.jsonl"
    plain = httpx.get(where, headers={"Accept-Encoding": "identity"})
    with httpx.stream("GET", where, headers={"Accept-Encoding": accepted}) as answer:
        raw, packing = b"".join(answer.iter_raw()), answer.headers.get("content-encoding")
    assert packing == {"zstd": "zstd", "gzip": "gzip", "br, gzip;q=0.5": "gzip"}.get(accepted)
    if packing == "zstd":
        raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    elif packing == "gzip":
        raw = httpx.get(where, headers={"Accept-Encoding": accepted}).content
    assert raw == plain.content
    assert plain.headers["content-type"] == "application/jsonl"


def test_a_long_export_takes_no_more_memory_than_a_short_one(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 20)
    seats = enter(engine, "a", "b")
    first = order(engine, "kuhn_poker", seats)
    settle(engine, None)
    copies = """INSERT INTO {0} SELECT {1} FROM {0}, generate_series(1, 1000) n WHERE {2} = :id"""
    with engine.begin() as connection:
        for table, key in (("match", "id"), ("result", "match_id"), ("transcript", "match_id")):
            known = "SELECT column_name FROM information_schema.columns WHERE table_name = :t ORDER BY ordinal_position"
            names = connection.scalars(text(known), {"t": table}).all()
            other = f"CAST(overlay(CAST({key} AS text) placing lpad(to_hex(n), 6, '0') from 31) AS uuid)"
            told = [other if n == key else "NULL" if n in {"ladder", "ladder_seq"} else n for n in names]
            connection.execute(text(copies.format(table, ", ".join(told), key)), {"id": first})

    class Reach:
        pass

    reach: Any = Reach()
    reach.engine = engine
    peaks: list[int] = []
    lines = 0
    after, wanted = None, Wanted()
    tracemalloc.start()
    while True:
        tracemalloc.reset_peak()
        told, after = exports._batch(reach, wanted, exports.line, after)
        lines += told.count("\n")
        peaks.append(tracemalloc.get_traced_memory()[1])
        del told
        if after is None:
            break
    tracemalloc.stop()
    assert lines == 1001
    assert len(peaks) == 51
    assert max(peaks[25:]) < 1.2 * max(peaks[2:25]), "the last batches take what the first ones take"


def games(pgn_text: str) -> list[chess.pgn.Game]:
    source, found = io.StringIO(pgn_text), []
    while (game := chess.pgn.read_game(source)) is not None:
        found.append(game)
    return found


def test_pgn_read_by_another_program_comes_to_the_same_end(arena: Client, url: str, engine: Engine) -> None:
    seats = enter(engine, "a", "b")
    ids = [order(engine, "chess", seats, seed) for seed in range(2)]
    ids.append(order(engine, "chess", seats[::-1], 5))
    settle(engine, None)
    found = games("\n".join(arena.export("games.pgn")))
    assert sorted(game.headers["Site"] for game in found) == sorted(f"match {i}" for i in ids)
    for game in found:
        assert game.errors == []
        match = arena.match(game.headers["Site"].removeprefix("match "), "compact")
        board = game.end().board()
        assert board.board_fen() == match["transcript"]["final"].split()[0]
        moves = [*match["transcript"]["opening"], *(p["action"] for p in match["transcript"]["plies"])]
        assert [move.uci() for move in game.mainline_moves()] == moves
        white = next(s for s in match["seats"] if s["player"] == game.headers["White"])
        expected = {1.0: "1-0", 0.0: "1/2-1/2", -1.0: "0-1"}[white["score"]]
        assert game.headers["Result"] == expected
        assert game.headers["Termination"] == "normal"
        alone = httpx.get(f"{url}/api/v1/matches/{match['id']}/pgn")
        assert alone.headers["content-type"] == "application/vnd.chess-pgn"
        assert str(games(alone.text)[0]) == str(game)
        tag = {"If-None-Match": alone.headers["etag"]}
        assert httpx.get(f"{url}/api/v1/matches/{match['id']}/pgn", headers=tag).status_code == 304


def test_a_game_without_pgn_or_that_is_not_over_says_so(url: str, engine: Engine) -> None:
    seats = enter(engine, "a", "b")
    four, waiting = order(engine, "connect_four", seats), order(engine, "chess", seats)

    def code(path: str) -> tuple[int, str]:
        answer = httpx.get(f"{url}/api/v1/{path}")
        return answer.status_code, answer.json()["code"]

    assert code(f"matches/{four}/pgn") == (422, "game.no_pgn")
    assert code(f"matches/{waiting}/pgn") == (409, "match.sealed")
    assert code(f"matches/{new_id()}/pgn") == (404, "match.unknown")
    assert code("exports/games.pgn?game=connect_four") == (422, "game.no_pgn")
    settle(engine, None)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM transcript"))
    assert code(f"matches/{waiting}/pgn") == (410, "match.transcript_pruned")


def test_a_forfeit_is_told_as_one() -> None:
    assert pgn._ending([Stop.TIMEOUT, Stop.FORFEIT_WIN]) == "time forfeit"
    assert pgn._ending([Stop.FORFEIT_WIN, Stop.ILLEGAL]) == "rules infraction"
    assert pgn._ending([Stop.WIN, Stop.LOSS]) == "normal"


def test_the_command_writes_what_the_api_tells(url: str, engine: Engine) -> None:
    order(engine, "kuhn_poker", enter(engine, "a", "b"))
    settle(engine, None)
    done = CliRunner().invoke(export.app, ["matches", "--game", "kuhn_poker", "--url", url])
    assert done.exit_code == 0, done.output
    assert done.output == httpx.get(f"{url}/api/v1/exports/matches.jsonl").text
