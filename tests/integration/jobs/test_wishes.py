"""Pause, resume and cancel, in every state."""

from typing import Any

import pytest

from arena.core.errors import JobEnded, UnknownJob
from arena.core.ids import new_id
from arena.core.jobs import State
from arena.flow import runs, wishes
from arena.store import jobs
from tests.integration.jobs.desk import ATTEMPTS, LEASE_S, STEPS, Desk, running

TABLE = [
    # state, wish → step → state, wish; None where it is too late
    ("queued", None, "pause", ("paused", None)),
    ("queued", None, "resume", ("queued", None)),
    ("queued", None, "cancel", ("cancelled", None)),
    ("running", None, "pause", ("running", "pause")),
    ("running", None, "resume", ("running", None)),
    ("running", None, "cancel", ("running", "cancel")),
    ("running", "pause", "pause", ("running", "pause")),
    ("running", "pause", "resume", ("running", None)),
    ("running", "pause", "cancel", ("running", "cancel")),
    ("running", "cancel", "pause", None),
    ("running", "cancel", "resume", None),
    ("running", "cancel", "cancel", ("running", "cancel")),
    ("paused", None, "pause", ("paused", None)),
    ("paused", None, "resume", ("queued", None)),
    ("paused", None, "cancel", ("cancelled", None)),
    ("failed", None, "pause", None),
    ("failed", None, "resume", ("queued", None)),
    ("failed", None, "cancel", ("cancelled", None)),
    ("done", None, "pause", None),
    ("done", None, "resume", None),
    ("done", None, "cancel", None),
    ("cancelled", None, "pause", None),
    ("cancelled", None, "resume", None),
    ("cancelled", None, "cancel", ("cancelled", None)),
]  # fmt: skip


@pytest.mark.parametrize(("state", "wish", "step", "after"), TABLE)
def test_every_wish_in_every_state(
    desk: Desk, state: str, wish: str | None, step: str, after: tuple[str, str | None] | None
) -> None:
    job_id = desk.launch()
    if state == "running":
        assert desk.begin() is not None
    ended = "now()" if state in jobs.ENDED else "NULL"
    desk.put(job_id, f"state = '{state}', wish = nullif('{wish or ''}', ''), ended_at = {ended}")
    before = desk.seen(job_id)
    if after is None:
        with pytest.raises(JobEnded):
            desk.do(STEPS[step], job_id)
        assert desk.seen(job_id) == before
        return
    assert desk.do(STEPS[step], job_id) == after[0]
    seen = desk.seen(job_id)
    assert (seen["state"], seen["wish"]) == after
    assert (seen["ended_at"] is not None) == (after[0] in jobs.ENDED)
    assert (desk.told(job_id)[-1] == after[0]) or after[0] == state


def test_there_is_nothing_to_wish_of_a_job_that_is_not_there(desk: Desk) -> None:
    for step in STEPS.values():
        with pytest.raises(UnknownJob):
            desk.do(step, new_id())


@pytest.mark.parametrize(("step", "state"), [("pause", "paused"), ("cancel", "cancelled")])
@pytest.mark.parametrize("end", [runs.crash, runs.give_back])
def test_a_wish_that_waits_is_granted_however_the_run_ends(desk: Desk, step: str, state: str, end: Any) -> None:
    job_id, run = running(desk)
    desk.do(STEPS[step], job_id)
    desk.do(end, run, "bang")
    seen = desk.seen(job_id)
    assert (seen["state"], seen["wish"], seen["retry_at"]) == (state, None, None)
    assert desk.begin() is None


def test_a_pause_that_is_taken_back_while_the_run_ends_is_no_pause(desk: Desk) -> None:
    job_id, run = running(desk)
    desk.do(wishes.pause, job_id)
    desk.do(wishes.resume, job_id)
    desk.do(runs.give_back, run)
    assert desk.seen(job_id)["state"] == "queued"


def test_what_has_ended_by_itself_is_done_whatever_was_wished(desk: Desk) -> None:
    job_id, run = running(desk)
    desk.do(wishes.pause, job_id)
    desk.do(runs.finish, run)
    assert (desk.seen(job_id)["state"], desk.seen(job_id)["wish"]) == ("done", None)


@pytest.mark.parametrize(("step", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_wish_outlives_its_runner(desk: Desk, step: str, state: str) -> None:
    job_id, old = running(desk)
    desk.do(STEPS[step], job_id)
    desk.lose(job_id)
    assert desk.begin("other") is None  # nothing is run that would only have to end
    assert desk.seen(job_id)["state"] == state
    assert not desk.advance(old, 1)
    assert desk.told(job_id)[-1] == state


def test_a_wish_of_a_job_whose_runner_is_lost_needs_no_other_runner(desk: Desk) -> None:
    job_id, _ = running(desk)
    desk.lose(job_id)
    assert desk.do(wishes.cancel, job_id) == State.CANCELLED
    assert desk.begin() is None


def test_a_wish_that_slips_in_before_the_claim_stays(desk: Desk) -> None:
    job_id, _ = running(desk)
    desk.lose(job_id)
    desk.put(job_id, "wish = 'pause'")
    assert desk.do(jobs.claim, "other", lease_s=LEASE_S, attempts=ATTEMPTS) is not None
    assert desk.seen(job_id)["wish"] == "pause"
