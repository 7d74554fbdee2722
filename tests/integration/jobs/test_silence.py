"""PostgreSQL was silent for longer than leases last: no runner takes a job over that its holder had no time to keep."""

from datetime import timedelta

import pytest

from arena.core.settings import Settings
from arena.store import jobs
from arena.store.jobs import Claimed
from tests.integration.jobs.desk import ATTEMPTS, Desk, running
from workers.jobs.runner import Runner

LEASE_S = 20.0


class Idle:
    """Another runner, which looks for work."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runner = Runner(Settings(lease_s=LEASE_S, attempts=ATTEMPTS), desk.engine)

    def look(self) -> Claimed | None:
        return self._runner._begin()

    def elapse(self, seconds: float) -> None:
        """As if so much time had passed for the database and its leases since the runner last spoke to it."""
        with self._desk.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE job SET lease_until = lease_until - interval '{seconds} s'")
        calm = self._runner._calm
        calm._last = calm._last - timedelta(seconds=seconds) if calm._last else None
        calm._until = calm._until - timedelta(seconds=seconds) if calm._until else None


@pytest.fixture
def idle(desk: Desk) -> Idle:
    idle = Idle(desk)
    assert idle.look() is None
    return idle


@pytest.mark.parametrize("what", ["", "wish = 'pause'", f"attempts = {ATTEMPTS}"])
def test_the_holder_gets_the_time_to_keep_it(desk: Desk, idle: Idle, what: str) -> None:
    job_id, run = running(desk)
    if what:
        desk.put(job_id, what)
    idle.elapse(10 * 60)
    assert idle.look() is None
    seen = desk.seen(job_id)
    assert (seen["state"], seen["generation"], seen["runner"]) == ("running", run.generation, "r")
    assert desk.do(jobs.beat, job_id, run.generation, lease_s=LEASE_S)
    for _ in range(5):
        idle.elapse(LEASE_S / 4 - 0.5)
        assert desk.do(jobs.beat, job_id, run.generation, lease_s=LEASE_S)
        assert idle.look() is None


def test_one_that_does_not_is_taken_over_after_the_time_of_a_lease(desk: Desk, idle: Idle) -> None:
    job_id, run = running(desk)
    idle.elapse(10 * 60)
    for _ in range(5):
        assert idle.look() is None
        idle.elapse(LEASE_S / 4 - 0.5)
    taken = idle.look()
    assert taken is not None
    assert (taken.id, taken.generation) == (job_id, run.generation + 1)


def test_a_job_that_waits_is_begun_at_once(desk: Desk, idle: Idle) -> None:
    job_id, _ = running(desk)
    waiting = desk.launch()
    idle.elapse(10 * 60)
    begun = idle.look()
    assert begun is not None
    assert begun.id == waiting
    assert desk.seen(job_id)["runner"] == "r"
