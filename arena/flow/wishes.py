"""wishes: what may be wished of a job that was launched: pause, resume, cancel."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func

from arena.core.errors import JobEnded, UnknownJob
from arena.core.jobs import State, Wish
from arena.store import jobs


def pause(connection: Connection, job_id: UUID) -> State:
    """Stop it so that it can go on later: at once when it waits, as soon as it has saved when it runs.

    Raises:
        UnknownJob, JobEnded.
    """
    return _wish(connection, job_id, Wish.PAUSE)


def cancel(connection: Connection, job_id: UUID) -> State:
    """Stop it for good. Raises as `pause` does; cancelling twice is no error."""
    return _wish(connection, job_id, Wish.CANCEL)


def resume(connection: Connection, job_id: UUID) -> State:
    """Let a paused or failed job go on where it was, with all of its attempts; one that waits, now.

    Raises as `pause` does.
    """
    row = _locked(connection, job_id)
    if row.state in (State.DONE, State.CANCELLED) or row.wish == Wish.CANCEL:
        raise _too_late(row)
    if row.state == State.RUNNING:
        jobs.put(connection, job_id, wish=None)
        return State.RUNNING
    jobs.put(connection, job_id, state=State.QUEUED, attempts=0, reason=None, ended_at=None, retry_at=func.now())
    if row.state != State.QUEUED:
        jobs.tell(connection, job_id, State.QUEUED)
    return State.QUEUED


def _wish(connection: Connection, job_id: UUID, wish: Wish) -> State:
    row = _locked(connection, job_id)
    if row.state == wish.state:
        return wish.state
    pausing = wish is Wish.PAUSE
    if row.state in (State.DONE, State.CANCELLED) or (pausing and (row.state == State.FAILED or row.wish == "cancel")):
        raise _too_late(row)
    if row.state == State.RUNNING and not row.lost:
        jobs.put(connection, job_id, wish=wish)
        return State.RUNNING
    left: dict[str, Any] = {"wish": None, "runner": None, "lease_until": None, "retry_at": None}
    jobs.put(connection, job_id, state=wish.state, ended_at=None if pausing else func.now(), **left)
    jobs.tell(connection, job_id, wish.state)
    return wish.state


def _locked(connection: Connection, job_id: UUID) -> Any:
    row = jobs.locked(connection, job_id)
    if row is None:
        raise UnknownJob(f"There is no job {job_id}.", todo="List them with `arena jobs list`.")
    return row


def _too_late(row: Any) -> JobEnded:
    if row.state == State.FAILED and row.wish != Wish.CANCEL:
        return JobEnded("The job has failed.", todo="Nothing of it runs; mend what its reason says and resume it.")
    how = "being cancelled" if row.wish == Wish.CANCEL else row.state
    return JobEnded(f"The job is {how}.", todo="Launch a new one.")
