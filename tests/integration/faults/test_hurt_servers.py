"""A PostgreSQL that stands still and a Redis that forgets everything, in the middle of play."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from arena.stream.redis import FEED, RESULTS, SETTLERS, connect
from tests.integration.faults.listener import Listener
from tests.integration.faults.stopped import stopped
from tests.integration.rig import LEASE_S, Rig
from tests.integration.server import serving
from tests.patience import until

pytestmark = pytest.mark.own


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("rig"))
    yield rig
    rig.close()


def started(rig: Rig) -> list[UUID]:
    """Matches under way, some of them long."""
    ids = rig.queue("connect_four", "mcts", "random-a", 40) + rig.queue("tic_tac_toe", "random-a", "random-b", 200)
    until("play to be under way", lambda: rig.settled(ids) > 20)
    return ids


def empty(rig: Rig) -> None:
    """Kill Valkey, take its data away, start it again."""
    assert rig.valkey.pid is not None
    os.kill(rig.valkey.pid, signal.SIGKILL)
    until("it to be gone", lambda: not rig.valkey.alive())
    shutil.rmtree(rig.home / "valkey" / "data")
    assert rig.valkey.start() == rig.redis_url


@pytest.mark.parametrize("seconds", [4 * LEASE_S, pytest.param(20, marks=pytest.mark.slow)])
def test_postgres_stands_still_for_longer_than_any_lease(rig: Rig, seconds: float) -> None:
    ids = started(rig)
    noticed, pids = rig.scalar("SELECT count(*) FROM finding"), {n: p.pid for n, p in rig.parts.items()}
    assert rig.postgres.pid is not None
    with stopped(rig.postgres.pid):
        began = time.monotonic()
        until("time to pass", lambda: time.monotonic() - began > seconds)
    until("every match to be settled", lambda: rig.settled(ids) == len(ids))
    assert {n: p.pid for n, p in rig.parts.items()} == pids, "nobody was started again"
    fences = rig.scalar("SELECT max(fence) FROM result WHERE match_id = ANY(:ids)", ids=ids)
    assert fences == 1, "every match was played once: no lease was taken over while its holder could not prolong it"
    assert rig.scalar("SELECT count(*) FROM finding") == noticed
    rig.check(ids)


def test_redis_forgets_the_reports_that_waited(rig: Rig) -> None:
    rig.parts["desk"].stop()
    ids = rig.queue("tic_tac_toe", "random-a", "random-b", 60)
    until("every report to wait", lambda: rig.reports() == len(ids))
    empty(rig)
    rig.parts["desk"].start()
    until("every match to be played again and settled", lambda: rig.settled(ids) == len(ids))
    assert rig.scalar("SELECT min(fence) FROM result WHERE match_id = ANY(:ids)", ids=ids) == 2
    rig.check(ids)
    client = connect(rig.redis_url)
    assert [g["name"] for g in client.xinfo_groups(RESULTS)] == [SETTLERS.encode()]
    numbers = [int(i.partition(b"-")[0]) for i, _ in client.xrange(FEED)]
    client.close()
    assert numbers == list(range(1, len(numbers) + 1)), "the feed is whole again, from PostgreSQL"


def test_redis_forgets_everything_in_the_middle_of_play(rig: Rig) -> None:
    with serving(rig.engine, rig.redis_url) as url:
        listener = Listener(url)
        ids = started(rig)
        empty(rig)
        until("every match to be settled", lambda: rig.settled(ids) == len(ids))
        told = "SELECT count(*) FROM outbox WHERE feed_seq IS NULL"
        until("everything to be told", lambda: rig.scalar(told) == 0)
        last = rig.scalar("SELECT max(feed_seq) FROM outbox")
        until("the listener to have heard it", lambda: bool(listener.heard) and listener.heard[-1] == last)
        late = Listener(url)
        until("a late one to have heard it", lambda: bool(late.heard) and late.heard[-1] == last)
        listener.halt()
        late.halt()
    assert listener.heard == late.heard == list(range(1, last + 1))
    listener.stop()
    late.stop()
