"""`kill -9` of every part in the middle of play: nothing lost, nothing counted twice, every lease ended."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from uuid import UUID

import pytest

from tests.integration.conftest import Servers, flush, fresh_database, given
from tests.integration.rig import LEASE_S, Rig
from tests.patience import until

SLOW, QUICK = 60, 600


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Rig]:
    with ExitStack() as undo:
        urls = (undo.enter_context(fresh_database(servers)), servers.redis_url) if given() else None
        if urls:
            flush(servers)
        rig = Rig(tmp_path_factory.mktemp("rig"), urls)
        undo.callback(rig.close)
        yield rig


def queue_both(rig: Rig) -> list[UUID]:
    """Long matches and short ones, so that something is always under way."""
    return rig.queue("connect_four", "mcts", "random-a", SLOW) + rig.queue("tic_tac_toe", "random-a", "random-b", QUICK)


@pytest.mark.parametrize("victim", ["host", "pool", "desk", "valkey", "postgres", "ray"])
def test_kill_in_the_middle_of_play(rig: Rig, victim: str) -> None:
    if victim in ("valkey", "postgres") and not rig.own:
        pytest.skip("these servers are somebody else's")
    ids = queue_both(rig)
    until("play to be under way", lambda: rig.settled(ids) > 20)
    assert rig.settled(ids) < len(ids)
    rig.kill(victim)
    until("every match to be settled", lambda: rig.settled(ids) == len(ids))
    rig.check(ids)


def test_reports_wait_out_a_long_absence_of_the_desk(rig: Rig) -> None:
    """Three leases long nobody settles: the pool keeps the leases of what it has sent, and nothing is played twice."""
    noticed = rig.scalar("SELECT count(*) FROM finding")
    rig.parts["desk"].stop()
    ids = rig.queue("tic_tac_toe", "random-a", "random-b", 100)
    until("every report to wait", lambda: rig.reports() == len(ids))
    began = time.monotonic()
    until("three leases to pass", lambda: time.monotonic() - began > 3 * LEASE_S)
    rig.parts["desk"].start()
    until("every match to be settled", lambda: rig.settled(ids) == len(ids))
    assert rig.scalar("SELECT max(fence) FROM result WHERE match_id = ANY(:ids)", ids=ids) == 1
    assert rig.scalar("SELECT count(*) FROM finding") == noticed
    rig.check(ids)
