"""runs: what becomes of a job as a run of it begins and ends. Each step is one transaction of its caller's.

A run that has lost its job, since its lease ran out and another has it, changes nothing here.
"""

import logging
from typing import Any

from sqlalchemy import Connection, func

from arena.core.jobs import Progress, State, Wish
from arena.store import jobs, outbox
from arena.store.jobs import Claimed

log = logging.getLogger("arena.jobs")

BACKOFF_S = (1.0, 5.0, 15.0, 30.0, 60.0)
"""Pauses after one, two, … crashes without moving on."""
WAIT_S = 15.0
"""Until a job that met a part which was away tries again."""


def begin(
    connection: Connection, runner: str, *, lease_s: float, attempts: int, take_over: bool = True
) -> Claimed | None:
    """Clear away what lost runners left, then claim a job if one waits. `take_over`: leases that look run out are."""
    for job_id, state in jobs.heed(connection) if take_over else []:
        jobs.tell(connection, job_id, state)
    for job_id, reason in jobs.bury(connection, attempts, take_over=take_over):
        log.error("job %s: %s", job_id, reason)
        jobs.tell(connection, job_id, State.FAILED)
    claimed = jobs.claim(connection, runner, lease_s=lease_s, attempts=attempts, take_over=take_over)
    if claimed:
        jobs.tell(connection, claimed.id, State.RUNNING)
    return claimed


def advance(connection: Connection, run: Claimed, progress: Progress) -> bool:
    """Note how far it is, and let the feed say so; whether it is this run's job still."""
    plain = {"done": progress.done, "of": progress.of, "unit": progress.unit}
    if not jobs.told(connection, run.id, run.generation, {**plain, "told": progress.told}):
        return False
    outbox.add(connection, [("job.progress", {"job_id": str(run.id), **plain})])
    return True


def finish(connection: Connection, run: Claimed, reason: str | None = None) -> None:
    """It is done; with a reason, it has failed and would fail again."""
    _leave(connection, run, State.FAILED if reason else State.DONE, reason)


def crash(connection: Connection, run: Claimed, reason: str) -> None:
    """It ended before its time: it waits for its next attempt, longer each time."""
    row = jobs.held(connection, run.id, run.generation)
    if row is not None:
        attempts: int = row.attempts
        wait_s = BACKOFF_S[min(max(attempts, 1), len(BACKOFF_S)) - 1]
        _hand_back(connection, run, row.wish, reason=reason, retry_at=_in(wait_s))


def give_back(connection: Connection, run: Claimed, reason: str | None = None) -> None:
    """It was asked to end, or, with a reason, met a part that is away: that costs it no attempt."""
    row = jobs.held(connection, run.id, run.generation)
    if row is not None:
        wait = {"reason": reason, "retry_at": _in(WAIT_S)} if reason else {"retry_at": func.now()}
        _hand_back(connection, run, row.wish, attempts=max(0, row.attempts - 1), **wait)


def _hand_back(connection: Connection, run: Claimed, wish: str | None, **values: Any) -> None:
    """The job waits again, unless somebody wished something else meanwhile."""
    state = Wish(wish).state if wish else State.QUEUED
    if wish:
        values["retry_at"] = None
    _leave(connection, run, state, **values)


def _leave(connection: Connection, run: Claimed, state: State, reason: str | None = None, **values: Any) -> None:
    values |= {"runner": None, "lease_until": None, "wish": None}
    if reason is not None or state == State.DONE:
        values["reason"] = reason
    if state in jobs.ENDED:
        values["ended_at"] = func.now()
    if jobs.change(connection, run.id, run.generation, state=state, **values):
        jobs.tell(connection, run.id, state)


def _in(seconds: float) -> object:
    return func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
