from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from arena.core.chance import Chance
from arena.flow.schedule import Scheduler, open_ladders, pair_of
from arena.flow.submit import Submission, seat_references, submit
from arena.store import players
from arena.store.matches import commitment
from games import catalog


@pytest.fixture
def seated(engine: Engine) -> Engine:
    with engine.begin() as connection:
        seat_references(connection)
    return engine


def rows(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(r) for r in connection.execute(text(query))]


def test_references_go_through_submit_once(seated: Engine) -> None:
    before = rows(seated, "SELECT id FROM player_version ORDER BY id")
    with seated.begin() as connection:
        seat_references(connection)
    assert rows(seated, "SELECT id FROM player_version ORDER BY id") == before
    assert len(before) == rows(seated, "SELECT count(*) FROM outbox WHERE event = 'player.submitted'")[0][0]


def test_another_spec_is_another_version(seated: Engine) -> None:
    with seated.begin() as connection:
        me = players.owner(connection, "me")
        first = submit(connection, me, Submission("deep", "mcts", {"simulations": 20}))
        same = submit(connection, me, Submission("deep", "mcts", {"simulations": 20}))
        other = submit(connection, me, Submission("deep", "mcts", {"simulations": 40}))
    assert first == same != other
    with seated.connect() as connection:
        assert [(v.number, v.spec["simulations"]) for v in players.versions(connection, ids=[first, other])] == [
            (1, 20),
            (2, 40),
        ]


def test_a_new_ladder_moves_at_once_and_then_at_its_pace(seated: Engine) -> None:
    scheduler = Scheduler(seated, pace=60, daily=1000)
    games = len(catalog.names())
    assert scheduler.tick(0.0) == 2 * games
    assert scheduler.tick(1.0) == 0
    assert scheduler.tick(1.0) == 2 * games


def test_a_backlog_stops_it(seated: Engine) -> None:
    scheduler = Scheduler(seated, pace=6000, daily=10_000, backlog=10)
    for _ in range(5):
        scheduler.tick(10.0)
    depths = Counter(str(game) for (game,) in rows(seated, "SELECT game FROM match"))
    assert set(depths.values()) == {10}


def test_the_day_has_a_budget(seated: Engine) -> None:
    scheduler = Scheduler(seated, pace=6000, daily=4)
    for _ in range(5):
        scheduler.tick(10.0)
    assert set(Counter(g for (g,) in rows(seated, "SELECT game FROM match")).values()) <= {10, 4, 64, 2}
    after = rows(seated, "SELECT count(*) FROM match")
    scheduler.tick(10.0)
    assert rows(seated, "SELECT count(*) FROM match") == after


def test_open_games_swap_seats_on_one_seed_hidden_ones_on_fresh_seeds(seated: Engine) -> None:
    with seated.connect() as connection:
        ladders = {ladder.game: ladder for ladder in open_ladders(connection)}
    for game, ladder in ladders.items():
        first, second = pair_of(ladder, Chance(5))
        assert first.seats == second.seats[::-1]
        assert first.pair_id == second.pair_id
        assert 0 < first.propensity <= 1
        assert (first.seed == second.seed) == (catalog.load(game).facts.pairing == "open")


def test_every_view_is_used(seated: Engine) -> None:
    with seated.connect() as connection:
        ladder = next(iter(open_ladders(connection)))
    assert {pair_of(ladder, chance)[0].view for chance in map(Chance, range(40))} == {"prose", "compact", "json"}


def test_only_those_who_can_play_a_game_are_on_its_ladder(seated: Engine) -> None:
    with seated.connect() as connection:
        names = {v.id: v.player for v in players.versions(connection)}
        members = {la.game: {names[UUID(str(m.id))] for m in la.members} for la in open_ladders(connection)}
    assert "minimax" in members["tic_tac_toe"]
    assert members["kuhn_poker"] == {"random", "cfr"}
    assert "minimax" not in members["connect_four"]


def test_two_versions_of_one_owner_never_meet(seated: Engine) -> None:
    with seated.begin() as connection:
        me = players.owner(connection, "me")
        mine = {submit(connection, me, Submission(f"m{n}", "random", games=("tic_tac_toe",))) for n in range(4)}
    scheduler = Scheduler(seated, pace=6000, daily=10_000, backlog=200)
    scheduler.tick(2.0)
    pairs = [set(map(str, seats)) for (seats,) in rows(seated, "SELECT seats FROM match WHERE game = 'tic_tac_toe'")]  # type: ignore[call-overload]
    assert len(pairs) >= 100
    assert not [p for p in pairs if len(p & {str(m) for m in mine}) > 1]


def test_seeds_are_committed_to(seated: Engine) -> None:
    Scheduler(seated, pace=60, daily=1000).tick(0.0)
    for nonce, seed, seal in rows(seated, "SELECT nonce, seed, commitment FROM match"):
        assert commitment(bytes(nonce), int(str(seed))) == bytes(seal)  # type: ignore[call-overload]
