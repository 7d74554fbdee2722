"""`kill -9` of every part in the middle of play: nothing lost, nothing counted twice, every lease ended."""

import time
from collections.abc import Iterator
from uuid import UUID

import pytest

from arena.ratings.elo import START
from tests.integration.rig import LEASE_S, Rig
from tests.patience import until

SLOW, QUICK = 60, 600


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    rig = Rig(tmp_path_factory.mktemp("rig"))
    yield rig
    rig.close()


def queue_both(rig: Rig) -> list[UUID]:
    """Long matches and short ones, so that something is always under way."""
    return rig.queue("connect_four", "mcts", "random-a", SLOW) + rig.queue("tic_tac_toe", "random-a", "random-b", QUICK)


@pytest.mark.parametrize("victim", ["host", "pool", "desk", "valkey", "postgres", "ray"])
def test_kill_in_the_middle_of_play(rig: Rig, victim: str) -> None:
    ids = queue_both(rig)
    until("play to be under way", lambda: rig.settled(ids) > 20)
    assert rig.settled(ids) < len(ids)
    rig.kill(victim)
    until("every match to be settled", lambda: rig.settled(ids) == len(ids))
    check(rig, ids)


def check(rig: Rig, ids: list[UUID]) -> None:
    assert rig.scalar("SELECT count(*) FROM match_queue") == 0
    assert rig.scalar("SELECT count(*) FROM result") == rig.scalar("SELECT count(*) FROM match")
    events = rig.scalar("SELECT count(*) FROM elo_event WHERE match_id = ANY(:ids)", ids=ids)
    assert events == 2 * len(ids)
    ladders = "FROM (SELECT ladder, sum(elo - :start) AS off FROM standing GROUP BY ladder) s WHERE off <> 0"
    assert rig.scalar(f"SELECT count(*) {ladders}", start=START) == 0
    assert rig.scalar("SELECT count(*) FROM standing s WHERE elo - :start <> (SELECT sum(delta) FROM elo_event e "
                      "WHERE e.ladder = s.ladder AND e.version_id = s.version_id)", start=START) == 0  # fmt: skip
    assert rig.scalar("SELECT sum(wins + draws + losses) FROM standing") == rig.scalar("SELECT count(*) FROM elo_event")
    wanted = {str(i) for i in ids}
    until("the feed to tell of every match", lambda: wanted <= {match for _, match in rig.fed()})
    fed = rig.fed()
    assert len({match for _, match in fed}) == len(fed)
    numbers = [number for number, _ in fed]
    assert numbers == sorted(set(numbers))
    assert rig.scalar("SELECT count(*) FROM outbox WHERE feed_seq IS NOT NULL") == rig.scalar(
        "SELECT max(feed_seq) FROM outbox"
    )


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
    check(rig, ids)
