from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from arena.cli.supervise.home import Home
from arena.cli.supervise.prepare import ensure_admin_key
from arena.core.chance import Chance
from arena.core.errors import NameTaken
from arena.core.terms import Terms
from arena.flow.schedule import Scheduler, open_ladders, pair_of
from arena.flow.submit import Submission, seat_references, submit
from arena.pairing.pairs import Odds
from arena.store import keys, players
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
    games = len(catalog.laddered())
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
    assert set(Counter(g for (g,) in rows(seated, "SELECT game FROM match")).values()) == {4}


def test_open_games_swap_seats_on_one_seed_hidden_ones_on_fresh_seeds(seated: Engine) -> None:
    with seated.connect() as connection:
        ladders = {ladder.game: ladder for ladder in open_ladders(connection)}
    for game, ladder in ladders.items():
        first, second = pair_of(ladder, Odds(ladder.members), Terms(), Chance(5))
        assert first.seats == second.seats[::-1]
        assert first.pair_id == second.pair_id
        assert 0 < first.propensity <= 1
        assert (first.seed == second.seed) == (catalog.load(game).facts.pairing == "open")


def test_every_view_is_used(seated: Engine) -> None:
    with seated.connect() as connection:
        ladder = next(found for found in open_ladders(connection) if found.game == "kuhn_poker")
    odds = Odds(ladder.members)
    views = {pair_of(ladder, odds, Terms(), chance)[0].view for chance in map(Chance, range(40))}
    assert views == {"prose", "compact", "json"}


def test_only_those_who_can_play_a_game_are_on_its_ladder(seated: Engine) -> None:
    with seated.connect() as connection:
        names = {v.id: v.player for v in players.versions(connection)}
        members = {la.game: {names[UUID(str(m.id))] for m in la.members} for la in open_ladders(connection)}
    assert "minimax" in members["tic_tac_toe"]
    assert members["kuhn_poker"] == {"random", "greedy", "cfr"}
    assert "minimax" not in members["connect_four"]
    assert members["chess"] == {"random", "greedy", "oracle"}, "its playouts are too slow for a search"
    assert all(len(known) >= 3 for known in members.values())


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


def test_a_new_version_takes_the_place_of_the_former(seated: Engine) -> None:
    with seated.begin() as connection:
        me = players.owner(connection, "me")
        submit(connection, me, Submission("deep", "mcts", {"simulations": 20}))
        second = submit(connection, me, Submission("deep", "mcts", {"simulations": 40}))
        active = [v.id for v in players.versions(connection, player="deep") if v.status == "active"]
    assert active == [second]


def test_the_terms_in_force_are_stored_with_the_match(seated: Engine) -> None:
    Scheduler(seated, pace=60, daily=1000, terms=Terms(5, 6, 7)).tick(0.0)
    assert set(rows(seated, "SELECT ply_clock_ms, match_clock_ms, illegal_budget FROM match")) == {(5, 6, 7)}


def test_a_kind_whose_file_is_gone_rests_and_stops_nobody(seated: Engine) -> None:
    with seated.begin() as connection:
        connection.execute(text("UPDATE player_version SET kind = 'gone' WHERE kind = 'minimax'"))
    assert Scheduler(seated, pace=60, daily=1000).tick(0.0) == 2 * len(catalog.laddered())


def test_two_versions_of_the_first_keys_owner_never_meet(seated: Engine, tmp_path: Path) -> None:
    home = Home(tmp_path)
    ensure_admin_key(seated, home)
    with seated.begin() as connection:
        holder = keys.holder(connection, home.admin_key.read_text().strip())
        assert holder is not None
        with pytest.raises(NameTaken):
            submit(connection, holder[1], Submission("mcts-100", "mcts", {"simulations": 7}))
        for n in range(2):
            submit(connection, holder[1], Submission(f"mine-{n}", "random"))
        names = {v.id: v.player for v in players.versions(connection)}
        ladder = next(la for la in open_ladders(connection) if la.game == "connect_four")
    pairs = [{names[s] for s in pair_of(ladder, Odds(ladder.members), Terms(), Chance(n))[0].seats} for n in range(200)]
    assert {"mine-0", "mine-1"} not in pairs
    assert {"mine-0", "random"} in pairs


def test_at_pace_zero_nothing_is_made(seated: Engine) -> None:
    scheduler = Scheduler(seated, pace=0, daily=1000)
    assert [scheduler.tick(n) for n in (0.0, 60.0, 3600.0)] == [0, 0, 0]
