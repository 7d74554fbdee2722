"""Who is paused, by itself or on its owner's wish, and comes back."""

from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import Engine

from arena.flow.rest import FORFEITS, Rest
from arena.flow.schedule import Scheduler
from arena.flow.submit import Submission, submit
from arena.flow.withdraw import pause, resume
from arena.store import outbox, players
from tests.integration.entrants import all_the_way, enter, life, reason, scheduled
from tests.play import order, settle, tell

pytestmark = pytest.mark.usefixtures("welcome")


def forfeit(engine: Engine, client: Redis, version_id: UUID, n: int) -> None:
    with engine.connect() as connection:
        other = players.latest(connection, "random")
    assert other is not None
    for _ in range(n):
        order(engine, "tic_tac_toe", [version_id, other.id])
    settle(engine, client)


def test_who_forfeits_on_end_is_paused_until_its_owner_lets_it_go_on(engine: Engine, client: Redis) -> None:
    version_id = enter(engine, "ada", does="cheat once")
    all_the_way(engine, client)
    rest = Rest(engine)
    rest.once()
    forfeit(engine, client, version_id, FORFEITS - 1)
    assert rest.once() == 0
    forfeit(engine, client, version_id, 1)
    assert rest.once() == 1
    assert life(engine, version_id)[-1] == "paused"
    assert f"{FORFEITS} rated matches on end (illegal {FORFEITS} times)" in reason(engine, version_id)
    assert "First in tic_tac_toe: 4 of its replies were not legal" in reason(engine, version_id)
    with engine.begin() as connection:
        resume(connection, "ada")
    assert life(engine, version_id)[-1] == "active"
    forfeit(engine, client, version_id, FORFEITS - 1)
    assert rest.once() == 0


def test_a_paused_player_is_not_paired_and_its_pause_is_told(engine: Engine, client: Redis) -> None:
    with engine.begin() as connection:
        submit(connection, players.owner(connection, "me"), Submission("mine", "random"))
        version_id = pause(connection, "mine", "I need the machine.")
    Scheduler(engine, pace=60, daily=10_000).tick(0.0)
    assert version_id not in scheduled(engine)
    tell(engine, client)
    with engine.begin() as connection:
        resume(connection, "mine")
        told = [(r.event, r.data["reason"]) for r in outbox.after(connection, 0, 100) if r.event == "player.paused"]
    assert told == [("player.paused", "I need the machine.")]
    Scheduler(engine, pace=600, daily=10_000).tick(60.0)
    assert version_id in scheduled(engine)
