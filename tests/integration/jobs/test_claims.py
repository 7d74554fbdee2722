"""Who has a job and for how long, and what becomes of it when a run ends."""

from sqlalchemy import text

from arena.core.jobs import Progress, State
from arena.flow import runs, wishes
from arena.store import jobs
from tests.integration.jobs.desk import ATTEMPTS, LEASE_S, Desk, running


def test_jobs_are_claimed_in_the_order_of_their_launch_and_once(desk: Desk) -> None:
    ids = [desk.launch() for _ in range(3)]
    assert [run.id for _ in range(3) if (run := desk.begin())] == ids
    assert desk.begin() is None


def test_a_run_that_ends_says_so_once(desk: Desk) -> None:
    job_id, run = running(desk)
    assert desk.advance(run, 10)
    desk.do(runs.finish, run)
    desk.do(runs.crash, run, "its process ended (SIGKILL)")  # what a runner might still say
    seen = desk.seen(job_id)
    assert (seen["state"], seen["reason"], seen["runner"], seen["lease_until"]) == ("done", None, None, None)
    assert seen["ended_at"] >= seen["started_at"] >= seen["created_at"]
    assert desk.told(job_id) == ["queued", "running", "done"]


def test_a_lost_lease_makes_a_higher_generation_and_the_old_run_changes_nothing(desk: Desk) -> None:
    job_id, old = running(desk)
    assert desk.begin("other") is None
    desk.lose(job_id)
    new = desk.begin("other")
    assert new is not None
    assert new.generation == old.generation + 1
    assert "its runner r was lost" in desk.seen(job_id)["reason"]
    before = desk.seen(job_id)
    assert not desk.advance(old, 5)
    assert not desk.do(jobs.beat, job_id, old.generation, lease_s=LEASE_S)
    for end in (runs.finish, runs.give_back):
        desk.do(end, old)
    desk.do(runs.crash, old, "late")
    assert desk.seen(job_id) == before
    assert desk.advance(new, 1)


def test_a_heartbeat_keeps_the_lease(desk: Desk) -> None:
    job_id, run = running(desk)
    desk.lose(job_id)
    assert desk.do(jobs.beat, job_id, run.generation, lease_s=LEASE_S)
    assert desk.begin("other") is None


def test_crashes_are_tried_again_later_each_time_and_then_given_up_with_the_reason(desk: Desk) -> None:
    job_id = desk.launch()
    waits: list[float] = []
    for _ in range(ATTEMPTS):
        run = desk.begin()
        assert run is not None
        desk.do(runs.crash, run, "its process ended (SIGKILL)")
        seen = desk.seen(job_id)
        assert (seen["state"], seen["reason"]) == ("queued", "its process ended (SIGKILL)")
        with desk.engine.connect() as connection:
            wait_s = "SELECT extract(epoch FROM retry_at - now()) FROM job WHERE id = :id"
            waits.append(float(connection.execute(text(wait_s), {"id": job_id}).scalar_one()))
        if len(waits) < ATTEMPTS:
            assert desk.begin() is None
            desk.now(job_id)
    assert waits == sorted(waits)
    assert waits[0] > 0
    assert desk.begin() is None
    seen = desk.seen(job_id)
    assert seen["state"] == "failed"
    assert seen["reason"] == "Given up after 3 attempts that did not move on; the last: its process ended (SIGKILL)"
    assert desk.told(job_id)[-1] == "failed"
    assert desk.do(wishes.resume, job_id) == State.QUEUED
    assert desk.begin() is not None


def test_a_job_whose_runners_are_lost_again_and_again_is_given_up(desk: Desk) -> None:
    job_id = desk.launch()
    for number in range(ATTEMPTS):
        assert desk.begin(f"r{number}") is not None
        desk.lose(job_id)
    assert desk.begin() is None
    assert desk.seen(job_id)["reason"].endswith("its runner r2 was lost")


def test_one_that_moves_on_gets_its_attempts_back_and_one_that_only_talks_does_not(desk: Desk) -> None:
    job_id = desk.launch()
    for done in (0, 0, 1, 1):
        run = desk.begin()
        assert run is not None
        assert desk.advance(run, done)
        desk.do(runs.crash, run, "bang")
        desk.now(job_id)
    assert desk.seen(job_id)["attempts"] == 1  # the third run moved on, the fourth did not


def test_one_that_moves_on_in_another_unit_gets_its_attempts_back_too(desk: Desk) -> None:
    job_id = desk.launch()
    for progress, attempts in [
        (Progress(900, 1000, "updates", {"update": 900}), 0),
        (Progress(95, 100, "cpu seconds", {"update": 940}), 0),
        (Progress(941, 1000, "updates", {"update": 940}), 1),
        (Progress(96, 100, "cpu seconds", {}), 0),
        (Progress(950, 1000, "updates", {}), 1),
    ]:
        run = desk.begin()
        assert run is not None
        assert desk.do(runs.advance, run, progress)
        assert desk.seen(job_id)["attempts"] == attempts
        desk.do(runs.crash, run, "bang")
        desk.now(job_id)


def test_a_job_that_waits_its_turn_holds_up_no_other(desk: Desk) -> None:
    _, run = running(desk)
    desk.do(runs.crash, run, "bang")
    other = desk.launch()
    found = desk.begin()
    assert found is not None
    assert found.id == other


def test_what_is_given_back_costs_no_attempt(desk: Desk) -> None:
    job_id, run = running(desk)
    desk.do(runs.give_back, run)
    assert desk.seen(job_id)["attempts"] == 0
    run = desk.begin()  # at once
    assert run is not None
    desk.do(runs.give_back, run, "The artifact store is full.")
    seen = desk.seen(job_id)
    assert (seen["attempts"], seen["state"], seen["reason"]) == (0, "queued", "The artifact store is full.")
    assert desk.begin() is None  # it waits a while
    assert desk.do(wishes.resume, job_id) == State.QUEUED  # unless somebody says that all is well
    assert desk.begin() is not None
