"""launch: store a job for a runner to claim; and what may be wished of it afterwards: pause, resume, cancel."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from arena.core import specs
from arena.core.errors import JobEnded, UnknownJob
from arena.core.jobs import KINDS, State, Wish
from arena.store import jobs, outbox


def launch(connection: Connection, owner_id: UUID, name: str, kind: str, spec: dict[str, Any]) -> UUID:
    """Queue a job and give its id.

    Raises:
        UnknownKind, BadSpec: there is no such kind of job, or its schema refuses the spec.
    """
    specs.check(KINDS, kind, "JOB", spec, "docs/jobs.md")
    job_id = jobs.add(connection, owner_id, {"name": name, "kind": kind, "spec": spec})
    tell(connection, job_id, State.QUEUED)
    return job_id


def pause(connection: Connection, job_id: UUID) -> State:
    """Stop it so that it can go on later: at once when it waits, as soon as it has saved when it runs.

    Raises:
        UnknownJob, JobEnded.
    """
    return _wish(connection, job_id, Wish.PAUSE, State.PAUSED)


def cancel(connection: Connection, job_id: UUID) -> State:
    """Stop it for good. Raises as `pause` does; cancelling twice is no error."""
    return _wish(connection, job_id, Wish.CANCEL, State.CANCELLED)


def resume(connection: Connection, job_id: UUID) -> State:
    """Let a paused or failed job go on where it was, with all of its attempts. Raises as `pause` does."""
    row = _locked(connection, job_id)
    if row.state in (State.PAUSED, State.FAILED):
        jobs.put(connection, job_id, state=State.QUEUED, attempts=0, reason=None, ended_at=None)
        tell(connection, job_id, State.QUEUED)
        return State.QUEUED
    if row.state in jobs.ENDED:
        raise JobEnded(f"The job is {row.state}.", todo="Launch a new one.")
    if row.wish == Wish.PAUSE:
        jobs.put(connection, job_id, wish=None)
    return State(row.state)


def _wish(connection: Connection, job_id: UUID, wish: Wish, state: State) -> State:
    row = _locked(connection, job_id)
    if row.state == state:
        return state
    if row.state in (State.DONE, State.CANCELLED) or (row.state == State.FAILED and wish is Wish.PAUSE):
        raise JobEnded(f"The job is {row.state}.", todo="Launch a new one.")
    if row.state == State.RUNNING:
        jobs.put(connection, job_id, wish=wish)
        return State.RUNNING
    jobs.put(connection, job_id, state=state)
    tell(connection, job_id, state)
    return state


def _locked(connection: Connection, job_id: UUID) -> Any:
    row = jobs.locked(connection, job_id)
    if row is None:
        raise UnknownJob(f"There is no job {job_id}.", todo="List them with `arena jobs list`.")
    return row


def leave(
    connection: Connection, job_id: UUID, generation: int, state: State, reason: str | None = None, *,
    spared: bool = False,
) -> None:  # fmt: skip
    """A run is over: the job is in `state` now, and the world is told. Nothing happens when another run has the job.

    `spared` says that it ended through no fault of the job, so that it costs it no attempt.
    """
    if jobs.leave(connection, job_id, generation, state, reason, spared=spared):
        tell(connection, job_id, state)


def tell(connection: Connection, job_id: UUID, state: State) -> None:
    """Let the feed say where a job is."""
    outbox.add(connection, [("job.state", {"job_id": str(job_id), "state": state})])
