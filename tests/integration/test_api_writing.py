"""What needs a key: submitting players and asking for matches."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine, func, select

from arena.client import Client, ClientError
from arena.flow.submit import ARENA, seat_references
from arena.store import matches, players, queue
from arena.store.tables import Match
from tests.integration.accounts import key_for
from tests.play import enter, settle


@pytest.fixture
def admin(engine: Engine, url: str) -> Iterator[Client]:
    with engine.begin() as connection:
        seat_references(connection)
    with Client(url, key_for(engine, ARENA, "admin")) as client:
        yield client


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("arena_wrong", 401), ("read", 403)])
def test_writing_needs_an_admin_key(engine: Engine, url: str, key: str | None, status: int) -> None:
    key = key_for(engine, "reader", "read") if key == "read" else key
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with engine.begin() as connection:
        seat_references(connection)
    wanted = {
        "/api/v1/players": {"name": "x", "kind": "random"},
        "/api/v1/matches": {"game": "tic_tac_toe", "players": ["random", "minimax"]},
    }
    for path, body in wanted.items():
        answer = httpx.post(url + path, json=body, headers=headers)
        assert answer.status_code == status
        assert ("www-authenticate" in answer.headers) == (status == 401)
    with engine.connect() as connection:
        assert players.latest(connection, "x") is None
        assert matches.recent(connection, limit=9) == []


def test_submitting_twice_gives_the_same_version(admin: Client) -> None:
    first = admin.submit("deep", "mcts", {"simulations": 5}, games=["tic_tac_toe"])
    assert admin.submit("deep", "mcts", {"simulations": 5}, games=["tic_tac_toe"]) == first
    assert admin.submit("deep", "mcts", {"simulations": 6})["version_id"] != first["version_id"]
    assert [v["number"] for v in admin.player("deep")["versions"]] == [1, 2]


@pytest.mark.parametrize(
    ("new", "status", "code"),
    [
        (("p", "no-such-kind", {}, ()), 422, "kind.unknown"),
        (("p", "mcts", {"simulations": -1}, ()), 422, "spec.invalid"),
        (("p", "mcts", {}, ("kuhn_poker",)), 422, "player.cannot_play"),
        (("p", "random", {}, ("chess9",)), 404, "game.unknown"),
        (("taken", "random", {}, ()), 409, "player.name_taken"),
        (("Not A Name", "random", {}, ()), 422, "request.invalid"),
    ],
)
def test_a_submission_is_refused_with_its_reason(
    engine: Engine, admin: Client, new: tuple[str, str, dict[str, int], tuple[str, ...]], status: int, code: str
) -> None:
    enter(engine, "taken")
    with pytest.raises(ClientError) as refused:
        admin.submit(*new)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert refused.value.todo


def test_an_asked_match_is_played_first_and_rates_nobody(engine: Engine, admin: Client) -> None:
    asked = admin.ask("tic_tac_toe", ["random", "random"], seed=11)
    with engine.begin() as connection:
        (leased,) = queue.lease(connection, "h", 1, lease_s=0, attempts=5)
    assert str(leased.id) == asked["id"]
    settle(engine, None)
    match = admin.match(asked["id"])
    assert (match["purpose"], match["seed"], match["status"]) == ("evaluation", 11, "settled")
    assert admin.leaderboard("tic_tac_toe")["rows"] == []


def test_versions_of_one_player_can_be_compared_and_rate_nobody(engine: Engine, admin: Client) -> None:
    made = [admin.submit("deep", "mcts", {"simulations": count})["version_id"] for count in (5, 6)]
    asked = [admin.ask("tic_tac_toe", names)["id"] for names in (["deep@1", "deep@2"], ["deep", "deep@1"])]
    with engine.connect() as connection:
        seats = [list(map(str, connection.scalars(select(Match.seats).where(Match.id == m)).one())) for m in asked]
    assert seats == [made, [made[1], made[0]]]
    with engine.begin() as connection:
        queue.lease(connection, "h", 1, lease_s=0, attempts=5)
    settle(engine, None)
    assert admin.leaderboard("tic_tac_toe")["rows"] == []


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"game": "chess9", "players": ["random", "random"]}, "game.unknown"),
        ({"game": "tic_tac_toe", "players": ["random", "nobody"]}, "player.unknown"),
        ({"game": "tic_tac_toe", "players": ["random", "random@2"]}, "player.unknown"),
        ({"game": "tic_tac_toe", "players": ["random", "random@"]}, "player.unknown"),
        ({"game": "tic_tac_toe", "players": ["random", "random@1@1"]}, "player.unknown"),
        ({"game": "tic_tac_toe", "players": ["random"]}, "request.invalid"),
        ({"game": "kuhn_poker", "players": ["random"] * 2, "variant": "three_players"}, "request.invalid"),
        ({"game": "tic_tac_toe", "players": ["random"] * 2, "variant": "huge"}, "game.variant_unknown"),
        ({"game": "tic_tac_toe", "players": ["random"] * 2, "view": "sung"}, "game.view_unknown"),
        ({"game": "kuhn_poker", "players": ["random", "mcts-10"]}, "player.cannot_play"),
        ({"game": "tic_tac_toe", "players": ["random"] * 2, "seed": 2**63}, "request.invalid"),
        ({"game": "tic_tac_toe", "players": ["random"] * 2, "seed": -1}, "request.invalid"),
    ],
)
def test_a_wish_is_refused_with_its_reason(engine: Engine, admin: Client, wish: dict[str, object], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        admin.ask(**wish)  # type: ignore[arg-type]
    assert refused.value.code == code
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Match)) == 0


def test_the_answer_tells_where_the_match_will_be(engine: Engine, url: str, admin: Client) -> None:
    headers = {"Authorization": f"Bearer {key_for(engine, ARENA, 'admin')}"}
    body = {"game": "tic_tac_toe", "players": ["random", "minimax"]}
    answer = httpx.post(f"{url}/api/v1/matches", json=body, headers=headers)
    assert answer.status_code == 202
    # Committed before it was answered: the match is there at once.
    assert httpx.get(url + answer.headers["location"]).json()["status"] == "queued"


def test_a_large_body_is_refused(url: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 100_000

    for body in (b" " * 2_000_000, endless()):
        answer = httpx.post(f"{url}/api/v1/players", content=body, headers={"content-type": "application/json"})
        assert answer.json()["code"] == "request.too_large"


def test_a_missing_arena_is_told_as_such() -> None:
    with pytest.raises(ClientError) as silent:
        Client("http://127.0.0.1:9").games()
    assert (silent.value.code, silent.value.status) == ("server.unreachable", None)
