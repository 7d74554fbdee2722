"""Jobs: what was asked, who runs it, how far it is. One runner has a job at a time, under a lease and a generation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from arena.core.ids import new_id
from arena.core.jobs import State, Wish
from arena.store import outbox
from arena.store.tables import Job, Owner

ENDED = (State.DONE, State.FAILED, State.CANCELLED)

HEED = text(
    """
    UPDATE job SET state = CASE wish WHEN 'pause' THEN 'paused' ELSE 'cancelled' END, wish = NULL, runner = NULL,
        lease_until = NULL, ended_at = CASE wish WHEN 'cancel' THEN now() END
    WHERE id IN (
        SELECT id FROM job WHERE state = 'running' AND lease_until < now() AND wish IS NOT NULL
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING id, state
    """
)
BURY = text(
    """
    UPDATE job SET state = 'failed', ended_at = now(), runner = NULL, lease_until = NULL, retry_at = NULL, wish = NULL,
        reason = 'Given up after ' || attempts || ' attempts that did not move on; the last: '
            || CASE WHEN state = 'running' THEN 'its runner ' || runner || ' was lost' ELSE coalesce(reason, '?') END
    WHERE id IN (
        SELECT id FROM job
        WHERE (state = 'queued' OR (state = 'running' AND lease_until < now() AND :take_over)) AND attempts >= :attempts
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING id, reason
    """
)
CLAIM = text(
    """
    WITH picked AS (
        SELECT id FROM job
        WHERE attempts < :attempts AND (
            (state = 'queued' AND coalesce(retry_at <= now(), true))
            OR (state = 'running' AND lease_until < now() AND :take_over)
        )
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE job j SET state = 'running', generation = j.generation + 1, attempts = j.attempts + 1, runner = :runner,
        lease_until = now() + make_interval(secs => :lease_s), started_at = coalesce(j.started_at, now()),
        retry_at = NULL,
        reason = CASE WHEN j.state = 'running' THEN 'its runner ' || j.runner || ' was lost' ELSE j.reason END
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


def tell(connection: Connection, job_id: UUID, state: State) -> None:
    """Let the feed say where a job is."""
    outbox.add(connection, [("job.state", {"job_id": str(job_id), "state": state})])


def heed(connection: Connection) -> list[tuple[UUID, State]]:
    """See to the wishes whose runners are lost: nothing runs that would have to end. Gives ids and new states."""
    return [(job_id, State(state)) for job_id, state in connection.execute(HEED)]


def bury(connection: Connection, attempts: int, *, take_over: bool = True) -> list[tuple[UUID, str]]:
    """Fail the jobs that spent their attempts without moving on. Gives ids and reasons."""
    return [
        (job_id, reason) for job_id, reason in connection.execute(BURY, {"attempts": attempts, "take_over": take_over})
    ]


def claim(
    connection: Connection, runner: str, *, lease_s: float, attempts: int, take_over: bool = True
) -> Claimed | None:
    """Take the oldest job that waits, or, with `take_over`, whose runner's lease ran out.

    It gets a higher generation; a wish stays.
    """
    given = {"runner": runner, "lease_s": lease_s, "attempts": attempts, "take_over": take_over}
    row = connection.execute(CLAIM, given).one_or_none()
    return None if row is None else Claimed(*row)


def claimed(connection: Connection, job_id: UUID, generation: int) -> Claimed | None:
    """The job, if this generation still has it."""
    query = select(Job.id, Job.generation, Job.kind, Job.spec).where(_has(job_id, generation))
    row = connection.execute(query).one_or_none()
    return None if row is None else Claimed(*row)


def beat(connection: Connection, job_id: UUID, generation: int, *, lease_s: float) -> bool:
    """Prolong the lease; whether the job is still this generation's."""
    until = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, lease_s)
    return change(connection, job_id, generation, lease_until=until)


def generation(connection: Connection, job_id: UUID) -> int | None:
    """The number of its newest run; None for no such job."""
    return connection.scalar(select(Job.generation).where(Job.id == job_id))


def wish(connection: Connection, job_id: UUID) -> Wish | None:
    """What somebody wants of it, if anything."""
    found = connection.scalar(select(Job.wish).where(Job.id == job_id))
    return None if found is None else Wish(found)


def told(connection: Connection, job_id: UUID, generation: int, progress: dict[str, Any]) -> bool:
    """Note how far it is; whether it is still this generation's.

    A job that has moved on gets its attempts back, and what went wrong before is forgotten.
    """
    row = held(connection, job_id, generation)
    if row is None:
        return False
    again = {"attempts": 0, "reason": None} if _moved(progress, row.progress) else {}
    return change(connection, job_id, generation, progress=progress, **again)


def _moved(now: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether a job is further than it was: by its updates, if it counts them, since a training job tells how far it
    is in whichever unit of its budget is nearest to its end; else by what is done, or the share of it."""
    if before is None:
        return now["done"] > 0
    updates = [told.get("told", {}).get("update") for told in (now, before)]
    if None not in updates:
        return updates[0] > updates[1]
    if now["unit"] == before["unit"]:
        return now["done"] > before["done"]
    return now["done"] * before["of"] > before["done"] * now["of"]


def held(connection: Connection, job_id: UUID, generation: int) -> Any | None:
    """A running job's wish, attempts and progress, locked until the transaction ends; None if it is another's."""
    query = select(Job.wish, Job.attempts, Job.progress).where(_has(job_id, generation))
    return connection.execute(query.with_for_update()).one_or_none()


def change(connection: Connection, job_id: UUID, generation: int, **values: Any) -> bool:
    """Change a running job; whether it is this generation's."""
    return connection.execute(update(Job).where(_has(job_id, generation)).values(**values)).rowcount == 1


def _has(job_id: UUID, generation: int) -> ColumnElement[bool]:
    return (Job.id == job_id) & (Job.generation == generation) & (Job.state == State.RUNNING)


def locked(connection: Connection, job_id: UUID) -> Any | None:
    """A job's state, wish and whether its lease ran out (`lost`), locked until the transaction ends."""
    lost = func.coalesce(Job.lease_until < func.now(), False).label("lost")
    return connection.execute(select(Job.state, Job.wish, lost).where(Job.id == job_id).with_for_update()).one_or_none()


def put(connection: Connection, job_id: UUID, **values: Any) -> None:
    """Change a job that `locked` gave."""
    connection.execute(update(Job).where(Job.id == job_id).values(**values))


def page(
    connection: Connection, *, ids: Sequence[UUID] | None = None, owner: UUID | None = None,
    state: State | None = None, before: UUID | None = None, limit: int = 100,
) -> list[dict[str, Any]]:  # fmt: skip
    """Jobs with their owners' names, newest first: all of them, or those that fit."""
    query = select(*Job.__table__.columns, Owner.name.label("owner")).join(Owner, Owner.id == Job.owner_id)
    if ids is not None:
        query = query.where(Job.id.in_(ids))
    if owner is not None:
        query = query.where(Job.owner_id == owner)
    if state is not None:
        query = query.where(Job.state == state)
    if before is not None:
        query = query.where(Job.id < before)
    return [dict(row) for row in connection.execute(query.order_by(Job.id.desc()).limit(limit)).mappings()]
