"""What anyone may read: ladders, players, matches and what is still sealed of them."""

import hashlib
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from redis import Redis
from sqlalchemy import Engine

from arena.client import Client, ClientError
from arena.core.ids import new_id
from arena.flow.submit import Submission, seat_references, submit
from arena.store import players
from tests.integration.server import serving
from tests.play import enter, order, settle


@pytest.fixture
def api(engine: Engine, redis_url: str) -> Iterator[httpx.Client]:
    with serving(engine, redis_url) as url, httpx.Client(base_url=url) as http:
        yield http


@pytest.fixture
def reader(api: httpx.Client) -> Client:
    return Client(str(api.base_url))


def test_an_empty_arena_answers(reader: Client) -> None:
    assert reader.players() == []
    assert reader.matches() == {"matches": [], "next": None}
    assert reader.leaderboard("kuhn_poker")["rows"] == []
    assert {g["name"] for g in reader.games()} >= {"kuhn_poker", "tic_tac_toe"}
    assert all(ladder["matches"] == 0 for ladder in reader.leaderboards())


def test_a_ladder_adds_up(engine: Engine, client: Redis, reader: Client) -> None:
    a, b = enter(engine, "ada", "bob")
    for seed in range(6):
        order(engine, "tic_tac_toe", (a, b)[:: 1 if seed % 2 else -1], seed)
    assert settle(engine, client) == 6
    rows = reader.leaderboard("tic_tac_toe")["rows"]
    assert {r["player"] for r in rows} == {"ada", "bob"}
    assert sum(r["elo"] for r in rows) == pytest.approx(3000)
    for row in rows:
        assert row["wins"] + row["draws"] + row["losses"] == row["games"] == 6
        assert row["low"] <= row["score"] <= row["high"]
        assert row["provisional"]
    assert [r["elo"] for r in rows] == sorted((r["elo"] for r in rows), reverse=True)
    (ladder,) = [x for x in reader.leaderboards() if x["game"] == "tic_tac_toe"]
    assert (ladder["players"], ladder["matches"]) == (2, 6)


def test_matches_are_paged_newest_first(engine: Engine, reader: Client) -> None:
    seats = enter(engine, "ada", "bob")
    made = [str(order(engine, "tic_tac_toe", seats, seed)) for seed in range(5)]
    first = reader.matches(limit=2)
    second = reader.matches(limit=2, before=first["next"])
    third = reader.matches(limit=2, before=second["next"])
    assert [m["id"] for page in (first, second, third) for m in page["matches"]] == made[::-1]
    assert third["next"] is None
    assert reader.matches(game="kuhn_poker")["matches"] == []
    assert {m["status"] for m in first["matches"]} == {"queued"}


def test_matches_are_filtered_by_who_sits_in_them_by_league_and_by_purpose(engine: Engine, reader: Client) -> None:
    a, b, c = enter(engine, "ada", "bob", "cyd")
    with engine.begin() as connection:
        newer = submit(connection, players.owner(connection, "owner of ada"), Submission("ada", "greedy"))
    made = [
        str(order(engine, game, seats, purpose=purpose))
        for game, seats, purpose in (
            ("tic_tac_toe", (a, b), "rated"), ("kuhn_poker", (b, newer), "rated"), ("tic_tac_toe", (b, c), "rated"),
            ("tic_tac_toe", (newer, a), "evaluation"), ("tic_tac_toe", (newer, newer), "evaluation"),
        )
    ]  # fmt: skip

    def found(**filters: str) -> list[int]:
        return [made.index(m["id"]) for m in reader.each_match(**filters)]

    assert found(player="ada") == [4, 3, 1, 0], "once each, though two of its versions met"
    assert found(player="ada@1") == [3, 0]
    assert found(player="ada", game="tic_tac_toe", purpose="rated") == [0]
    assert found(purpose="evaluation") == [4, 3]
    assert found(player="cyd", league="open") == [2]
    assert found(player="cyd", league="bare") == []
    first = reader.matches(player="ada", limit=3)
    assert [m["id"] for m in reader.matches(player="ada", before=first["next"])["matches"]] == [made[0]]
    for wrong, code in (
        ({"player": "eve"}, "player.unknown"),
        ({"player": "ada@3"}, "player.unknown"),
        ({"league": "x"}, "request.invalid"),
        ({"purpose": "x"}, "request.invalid"),
    ):
        with pytest.raises(ClientError) as refused:
            reader.matches(**wrong)
        assert refused.value.code == code


def test_a_settled_match_tells_everything(engine: Engine, reader: Client) -> None:
    match_id = order(engine, "tic_tac_toe", enter(engine, "ada", "bob"), seed=2**63 - 1)
    settle(engine, None)
    match = reader.match(str(match_id), view="prose")
    assert match["status"] == "settled"
    assert not match["sealed"]
    assert match["seed"] == 2**63 - 1
    sealed_then = hashlib.sha256(bytes.fromhex(match["nonce"]) + match["seed"].to_bytes(8, "big")).hexdigest()
    assert match["commitment"] == sealed_then
    told = match["transcript"]
    assert len(told["opening"]) == 2
    assert len(told["plies"]) == match["plies"]
    assert all(ply["action"] in ply["legal"] for ply in told["plies"])
    assert all("You are" in ply["position"] for ply in told["plies"])
    assert told["final"]
    assert match["findings"] == []


@pytest.mark.parametrize("game", ["kuhn_poker", "tic_tac_toe"])
def test_a_match_stays_sealed_until_its_pair_is_settled(engine: Engine, reader: Client, game: str) -> None:
    a, b = enter(engine, "ada", "bob")
    pair = new_id()
    first = order(engine, game, (a, b), 5, pair=pair)
    second = order(engine, game, (b, a), 5, pair=pair)
    settle(engine, None, n=1)
    match = reader.match(str(first), view="compact")
    assert match["settled_at"] is not None
    assert match["sealed"]
    assert [match[k] for k in ("seed", "nonce", "transcript", "findings")] == [None] * 4
    assert reader.match(str(second))["sealed"]
    settle(engine, None)
    assert reader.match(str(first))["seed"] == 5


def test_players_and_their_versions(engine: Engine, reader: Client) -> None:
    enter(engine, "ada")
    with engine.begin() as connection:
        seat_references(connection)
    names = [p["name"] for p in reader.players()]
    assert names == sorted(names)
    assert reader.player("mcts-10")["versions"][0]["spec"] == {"simulations": 10}
    # What others put into a spec may name private places.
    assert reader.player("ada")["versions"][0]["spec"] is None


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/leaderboards/chess9", 404, "game.unknown"),
        ("/api/v1/leaderboards/openspiel:chess", 404, "game.unknown"),
        ("/api/v1/leaderboards/kuhn_poker?league=none", 422, "request.invalid"),
        ("/api/v1/players/nobody", 404, "player.unknown"),
        ("/api/v1/matches/00000000-0000-7000-8000-000000000000", 404, "match.unknown"),
        ("/api/v1/matches/nonsense", 422, "request.invalid"),
        ("/api/v1/matches?limit=0", 422, "request.invalid"),
        ("/api/v1/matches?game=chess9", 404, "game.unknown"),
        ("/api/v1/feed?after=-1", 422, "request.invalid"),
        ("/api/v1/nothing", 404, "route.unknown"),
        ("/healthz", 200, None),
        ("/readyz", 200, None),
    ],
)
def test_problems(api: httpx.Client, path: str, status: int, code: str | None) -> None:
    answer = api.get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    if code:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["code"], problem["status"]) == (code, status)
        assert problem["detail"]
        assert problem["todo"]
        assert problem["instance"] == path.partition("?")[0]


def test_an_unknown_view_is_a_problem(engine: Engine, api: httpx.Client) -> None:
    match_id = order(engine, "tic_tac_toe", enter(engine, "ada", "bob"))
    settle(engine, None)
    assert api.get(f"/api/v1/matches/{match_id}?views=sung").json()["code"] == "game.view_unknown"


def test_a_page_shows_the_league_that_is_asked_for_and_offers_those_with_players(
    engine: Engine, api: httpx.Client
) -> None:
    seats = enter(engine, "ada", "bob")
    order(engine, "kuhn_poker", seats, league="bare")
    settle(engine, None)
    other = "game=kuhn_poker&amp;league=bare"
    for path in ("/", "/fragments/ladder"):
        open_league = api.get(path, params={"game": "kuhn_poker"}).text
        assert other in open_league
        assert 'data-player="ada"' not in open_league
        assert 'data-player="ada"' in api.get(path, params={"game": "kuhn_poker", "league": "bare"}).text
        assert other not in api.get(path, params={"game": "tic_tac_toe"}).text
        assert api.get(path, params={"game": "kuhn_poker", "league": "none"}).status_code == 422


def test_pages_and_their_errors(engine: Engine, client: Redis, api: httpx.Client) -> None:
    html = {"accept": "text/html"}
    assert "No match has been settled yet" in api.get("/").text
    match_id = order(engine, "kuhn_poker", enter(engine, "ada", "<b>bob"))
    assert "Sealed" in api.get(f"/matches/{match_id}").text
    settle(engine, client)
    page = api.get("/?game=kuhn_poker").text
    assert api.get("/fragments/ladder?game=kuhn_poker").text.strip() in page
    assert "&lt;b&gt;bob" in page
    assert "<b>bob" not in page
    assert "Ply by ply" in api.get(f"/matches/{match_id}").text
    for missing in (f"/matches/{uuid4()}", "/?game=nope", "/nowhere"):
        answer = api.get(missing, headers=html)
        assert answer.status_code == 404
        assert "To the ladder" in answer.text


def test_openapi_describes_every_route(api: httpx.Client) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    assert {"/api/v1/feed", "/api/v1/matches/{match_id}", "/readyz"} <= paths.keys()
    for operations in paths.values():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["tags"]
