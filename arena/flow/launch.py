"""launch: store a job for a runner to claim; and what may be wished of it afterwards: pause, resume, cancel."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func

from arena.core import specs
from arena.core.errors import JobEnded, NameTaken, UnknownJob
from arena.core.jobs import KINDS, State, Wish
from arena.flow import names
from arena.store import jobs, outbox, players

PAGE = "docs/jobs.md"


def launch(connection: Connection, owner_id: UUID, name: str, kind: str, spec: dict[str, Any]) -> UUID:
    """Queue a job and give its id.

    Raises:
        UnknownKind, BadSpec: there is no such kind of job, its schema refuses the spec, or what the spec names does not
            exist or go together.
        NameTaken: the player that it would make belongs to somebody else.
    """
    known = specs.check(KINDS, kind, "JOB", spec, PAGE)
    names.check(known.get("names", []), spec, PAGE)
    if "player" in known:
        _check_player(connection, owner_id, known["player"], spec)
    job_id = jobs.add(connection, owner_id, {"name": name, "kind": kind, "spec": spec})
    tell(connection, job_id, State.QUEUED)
    return job_id


def _check_player(connection: Connection, owner_id: UUID, player: dict[str, Any], spec: dict[str, Any]) -> None:
    """`player`: the first path of `name` at which something stands, unless what is at `unless_false` is false."""
    if any(wanted is False for _, wanted in names.find(spec, player["unless_false"])):
        return
    said = [(place, name) for path in player["name"] for place, name in names.find(spec, path) if name]
    place, name = said[0]
    if players.holder(connection, name) not in (None, owner_id):
        what = f"{place}: the player {name!r} belongs to another owner."
        raise NameTaken(what, todo="Choose another name.")


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
        tell(connection, job_id, State.QUEUED)
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
    tell(connection, job_id, wish.state)
    return wish.state


def _locked(connection: Connection, job_id: UUID) -> Any:
    row = jobs.locked(connection, job_id)
    if row is None:
        raise UnknownJob(f"There is no job {job_id}.", todo="List them with `arena jobs list`.")
    return row


def _too_late(row: Any) -> JobEnded:
    how = "being cancelled" if row.wish == Wish.CANCEL else row.state
    return JobEnded(f"The job is {how}.", todo="Launch a new one.")


def tell(connection: Connection, job_id: UUID, state: State) -> None:
    """Let the feed say where a job is."""
    outbox.add(connection, [("job.state", {"job_id": str(job_id), "state": state})])
