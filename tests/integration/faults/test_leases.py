"""What happens to leases when Redis loses reports, and when PostgreSQL was silent for longer than they last."""

import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import redis
from sqlalchemy import Engine, text

from arena.core.wire import MatchOrder, pack
from arena.stream.redis import RESULTS, SETTLERS
from arena.stream.results import FIELD, RedisResults, span
from tests.integration.ladder import Ladder, played
from workers.match.leases import Leases

LEASE_S = 20.0
HOST = "host"


@pytest.fixture
def ladder(engine: Engine) -> Ladder:
    return Ladder(engine)


def status(engine: Engine) -> dict[UUID, tuple[str, int, int]]:
    """(status, fence, attempts) of every match that is queued."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT match_id, status, fence, attempts FROM match_queue"))
        return {r[0]: (r[1], r[2], r[3]) for r in rows}


def sent(ladder: Ladder, client: redis.Redis, n: int) -> tuple[Leases, list[UUID]]:
    """A pool's leases on matches whose reports are in the stream."""
    ladder.queue(n)
    orders = ladder.lease(n)
    leases = Leases(ladder.engine, LEASE_S)
    leases.take(HOST, orders)
    for report in played(orders):
        client.xadd(RESULTS, {FIELD: pack(report)})
    leases.finished([(o.match_id, o.fence) for o in orders])
    return leases, [UUID(o.match_id) for o in orders]


@pytest.mark.parametrize("newer", [0, 3])
def test_lost_reports_are_played_again(ladder: Ladder, client: redis.Redis, newer: int) -> None:
    leases, ids = sent(ladder, client, 4)
    leases.beat(lambda: span(client))
    client.flushdb()  # as a Redis that has come back without its data
    for _ in range(newer):
        client.xadd(RESULTS, {FIELD: b"of others"})
    leases.beat(lambda: span(client))
    assert status(ladder.engine) == dict.fromkeys(ids, ("queued", 1, 0)), "and it cost them no attempt"
    assert leases.beat(lambda: span(client)) == []


def test_reports_lost_before_anybody_looked(ladder: Ladder, client: redis.Redis) -> None:
    leases, ids = sent(ladder, client, 2)
    client.flushdb()
    for _ in range(2):
        leases.beat(lambda: span(client))
    assert status(ladder.engine) == dict.fromkeys(ids, ("queued", 1, 0))


def test_reports_that_wait_are_kept_however_long(ladder: Ladder, client: redis.Redis) -> None:
    leases, ids = sent(ladder, client, 3)
    for _ in range(5):
        leases.beat(lambda: span(client))
        client.xadd(RESULTS, {FIELD: b"of others"})
        leases.beat(lambda: None)  # Redis is away
    assert status(ladder.engine) == dict.fromkeys(ids, ("leased", 1, 1))


def test_settled_ones_are_forgotten(ladder: Ladder, client: redis.Redis) -> None:
    leases, ids = sent(ladder, client, 3)
    leases.beat(lambda: span(client))
    stream = RedisResults(client)
    entries = stream.read(10, 0)
    ladder.settle([e.blob for e in entries])
    stream.acknowledge(entries)
    assert client.xpending(RESULTS, SETTLERS)["pending"] == 0
    assert len(entries) == len(ids)
    for _ in range(2):
        leases.beat(lambda: span(client))
    assert status(ladder.engine) == {}
    assert not leases._sent
    assert not leases._marks


def asked(leases: Leases, engine: Engine) -> int:
    with engine.begin() as connection:
        return len(leases.lease(connection, "another", 10, 5))


def elapse(engine: Engine, leases: Leases, seconds: float) -> None:
    """As if so much time had passed for the database and its leases since the pool last spoke to it."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE match_queue SET lease_until = lease_until - make_interval(secs => :s)"), {"s": seconds}
        )
    calm = leases._calm
    calm._last = calm._last - timedelta(seconds=seconds) if calm._last else None
    calm._until = calm._until - timedelta(seconds=seconds) if calm._until else None


def test_nobody_takes_over_a_lease_right_after_a_silence(ladder: Ladder) -> None:
    leases = Leases(ladder.engine, LEASE_S)
    ladder.queue(3)
    ladder.lease(3, LEASE_S)
    assert asked(leases, ladder.engine) == 0
    elapse(ladder.engine, leases, 3 * LEASE_S)  # all have run out, and nobody could prolong them
    for _ in range(5):
        assert asked(leases, ladder.engine) == 0
        elapse(ladder.engine, leases, LEASE_S / 4 - 0.5)
    assert asked(leases, ladder.engine) == 3, "their holder has had the time of a whole lease, and did not"


def test_a_lease_that_runs_out_in_quiet_times_is_taken_over_at_once(ladder: Ladder) -> None:
    leases = Leases(ladder.engine, LEASE_S)
    ladder.queue(3)
    ladder.lease(3, LEASE_S)
    for _ in range(3):
        assert asked(leases, ladder.engine) == 0
        elapse(ladder.engine, leases, LEASE_S / 3)
    assert asked(leases, ladder.engine) == 3


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def order() -> MatchOrder:
    return MatchOrder(
        match_id=str(uuid4()), fence=1, game="tic_tac_toe", variant="base", rounds=1, opening_plies=0, view="text",
        seed=1, seats=[], ply_clock_ms=1, match_clock_ms=1, illegal_budget=1,
    )  # fmt: skip


def test_hosts_take_and_finish_while_others_look(engine: Engine, restless: None) -> None:
    leases = Leases(engine, LEASE_S)
    leases.take(HOST, [order() for _ in range(100)])
    over = threading.Event()

    def play() -> None:
        while not over.is_set():
            orders = [order() for _ in range(20)]
            leases.take(HOST, orders)
            leases.finished([(o.match_id, o.fence) for o in orders])

    playing = threading.Thread(target=play)
    playing.start()
    try:
        for _ in range(10):
            leases.beat(lambda: None)
            for _ in range(100):
                assert leases.playing(HOST) >= 100
                leases.give_back("another", unplayed=True)
    finally:
        over.set()
        playing.join()
    assert leases.playing(HOST) == 100
