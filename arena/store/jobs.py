"""Jobs: what was asked, who runs it, how far it is. One runner has a job at a time, under a lease and a generation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text, update

from arena.core.ids import new_id
from arena.core.jobs import State, Wish
from arena.store.tables import Job, Owner

ENDED = (State.DONE, State.FAILED, State.CANCELLED)

CLAIM = text(
    """
    WITH picked AS (
        SELECT id FROM job
        WHERE (state = 'queued' OR (state = 'running' AND lease_until < now())) AND attempts < :attempts
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE job j SET state = 'running', generation = generation + 1, attempts = attempts + 1, runner = :runner,
        lease_until = now() + make_interval(secs => :lease_s), started_at = coalesce(started_at, now()),
        wish = CASE WHEN state = 'running' THEN wish END
    FROM picked WHERE j.id = picked.id RETURNING j.id, j.generation, j.kind, j.spec
    """
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job under lease."""

    id: UUID
    generation: int
    kind: str
    spec: dict[str, Any]


def add(connection: Connection, owner_id: UUID, values: dict[str, Any]) -> UUID:
    """Append a job that waits; `values` are its name, kind and spec."""
    job_id = new_id()
    connection.execute(insert(Job).values(id=job_id, owner_id=owner_id, **values))
    return job_id


def claim(connection: Connection, runner: str, *, lease_s: float, attempts: int) -> Claimed | None:
    """Take the oldest job that waits, or whose runner's lease ran out. It gets a higher generation."""
    row = connection.execute(CLAIM, {"runner": runner, "lease_s": lease_s, "attempts": attempts}).one_or_none()
    return None if row is None else Claimed(*row)


def claimed(connection: Connection, job_id: UUID, generation: int) -> Claimed | None:
    """The job, if this generation still has it."""
    mine = (Job.id == job_id) & (Job.generation == generation) & (Job.state == State.RUNNING)
    row = connection.execute(select(Job.id, Job.generation, Job.kind, Job.spec).where(mine)).one_or_none()
    return None if row is None else Claimed(*row)


def beat(connection: Connection, job_id: UUID, generation: int, *, lease_s: float) -> bool:
    """Prolong the lease; whether the job is still this generation's."""
    until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, lease_s)
    return _change(connection, job_id, generation, lease_until=until)


def wish(connection: Connection, job_id: UUID) -> Wish | None:
    """What somebody wants of it, if anything."""
    found = connection.scalar(select(Job.wish).where(Job.id == job_id))
    return None if found is None else Wish(found)


def told(connection: Connection, job_id: UUID, generation: int, progress: dict[str, Any]) -> bool:
    """Note how far it is; whether it is still this generation's. A job that moves on gets its attempts back."""
    return _change(connection, job_id, generation, progress=progress, attempts=0)


def leave(
    connection: Connection, job_id: UUID, generation: int, state: State, reason: str | None, *, spared: bool
) -> bool:
    """The run is over: the job is in `state` now. False when it is not this generation's any more."""
    values: dict[str, Any] = {"state": state, "reason": reason, "runner": None, "lease_until": None, "wish": None}
    if state in ENDED:
        values["ended_at"] = func.now()
    if spared:
        values["attempts"] = func.greatest(Job.attempts - 1, 0)
    return _change(connection, job_id, generation, **values)


def _change(connection: Connection, job_id: UUID, generation: int, **values: Any) -> bool:
    mine = (Job.id == job_id) & (Job.generation == generation) & (Job.state == State.RUNNING)
    return connection.execute(update(Job).where(mine).values(**values)).rowcount == 1


def bury(connection: Connection, attempts: int) -> list[UUID]:
    """Fail the jobs that spent their attempts without moving on. Gives their ids."""
    spent = (Job.attempts >= attempts) & (
        (Job.state == State.QUEUED) | ((Job.state == State.RUNNING) & (Job.lease_until < func.now()))
    )
    values = {"state": State.FAILED, "ended_at": func.now(), "runner": None, "lease_until": None, "wish": None}
    return list(connection.scalars(update(Job).where(spent).values(**values).returning(Job.id)))


def locked(connection: Connection, job_id: UUID) -> Any | None:
    """A job's state and wish, locked until the transaction ends."""
    return connection.execute(select(Job.state, Job.wish).where(Job.id == job_id).with_for_update()).one_or_none()


def put(connection: Connection, job_id: UUID, **values: Any) -> None:
    """Change a job that `locked` gave."""
    connection.execute(update(Job).where(Job.id == job_id).values(**values))


def page(
    connection: Connection, *, ids: Sequence[UUID] | None = None, owner: UUID | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Jobs with their owners' names, newest first."""
    query = select(*Job.__table__.columns, Owner.name.label("owner")).join(Owner, Owner.id == Job.owner_id)
    if ids is not None:
        query = query.where(Job.id.in_(ids))
    if owner is not None:
        query = query.where(Job.owner_id == owner)
    return [dict(row) for row in connection.execute(query.order_by(Job.id.desc()).limit(limit)).mappings()]


def counts(connection: Connection) -> dict[str, int]:
    """Jobs by state."""
    return {row[0]: row[1] for row in connection.execute(select(Job.state, func.count()).group_by(Job.state))}
