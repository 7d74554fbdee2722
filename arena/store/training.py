"""What training jobs leave in the database: the numbers of their updates, and their checkpoints.

Ids sort in the order of writing, whatever the clocks of the machines that a job ran on: who follows goes on behind the
last id it saw. So one that writes holds the job's row (`jobs.held`) until its transaction ends.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, insert, select

from arena.core.ids import id_above
from arena.store.database import any_of
from arena.store.jobs import Claimed
from arena.store.tables import Checkpoint, Job, JobMetric, Standing


def _next(connection: Connection, table: type[JobMetric | Checkpoint], job_id: UUID) -> UUID:
    """An id behind all that the job has there."""
    newest = select(table.id).where(table.job_id == job_id).order_by(table.id.desc()).limit(1)
    return id_above(connection.scalar(newest))


def add_metric(connection: Connection, run: Claimed, step: int, numbers: dict[str, float]) -> None:
    """Append the numbers of a step."""
    values = {"job_id": run.id, "generation": run.generation, "step": step, "numbers": numbers}
    connection.execute(insert(JobMetric).values(id=_next(connection, JobMetric, run.id), **values))


def metrics(connection: Connection, job_id: UUID, *, after: UUID | None = None, limit: int = 1000) -> list[Any]:
    """Rows of a job in the order they were written: (id, step, generation, at, numbers)."""
    query = select(JobMetric.id, JobMetric.step, JobMetric.generation, JobMetric.at, JobMetric.numbers)
    query = query.where(JobMetric.job_id == job_id)
    if after is not None:
        query = query.where(JobMetric.id > after)
    return list(connection.execute(query.order_by(JobMetric.id).limit(limit)))


def thinned(connection: Connection, job_id: UUID, points: int, having: str = "") -> list[Any]:
    """Up to about `points` of a job's rows, evenly spread, the last among them: (step, numbers), in order.

    Only those with a number whose name begins with `having`.
    """
    place, total = func.row_number().over(order_by=JobMetric.id.desc()), func.count().over()
    query = select(JobMetric.id, JobMetric.step, JobMetric.numbers, place.label("place"), total.label("total"))
    query = query.where(JobMetric.job_id == job_id)
    if having:
        query = query.where(cast(JobMetric.numbers, Text).contains(f'"{having}', autoescape=True))
    rows = query.subquery()
    every = (rows.c.total + points - 1) // points
    spread = select(rows.c.step, rows.c.numbers).where((rows.c.place - 1) % every == 0).order_by(rows.c.id)
    return list(connection.execute(spread))


def add_checkpoint(
    connection: Connection, run: Claimed, step: int, folder: str, manifest: dict[str, Any], version_id: UUID | None
) -> None:
    """Append a checkpoint, with the player version that it became, if it did."""
    values = {"job_id": run.id, "step": step, "folder": folder, "manifest": manifest, "version_id": version_id}
    connection.execute(insert(Checkpoint).values(id=_next(connection, Checkpoint, run.id), **values))


def noted(connection: Connection, job_id: UUID, step: int, content_hash: str) -> bool:
    """Whether a job has a checkpoint of these weights at this step."""
    same = Checkpoint.manifest["content_hash"].as_string() == content_hash
    query = select(Checkpoint.id).where(Checkpoint.job_id == job_id, Checkpoint.step == step, same).limit(1)
    return connection.execute(query).first() is not None


def trained(connection: Connection, owner_id: UUID, folder: str) -> list[str]:
    """The content hashes of the checkpoints that jobs of an owner's left in this folder; none when none did."""
    query = select(Checkpoint.manifest["content_hash"].as_string()).join(Job, Job.id == Checkpoint.job_id)
    mine = query.where(Checkpoint.folder == folder, Job.owner_id == owner_id)
    return [told or "" for told in connection.scalars(mine)]


def checkpoints(
    connection: Connection, job_id: UUID, *, after: UUID | None = None, limit: int | None = None
) -> list[Any]:
    """A job's checkpoints, oldest first: (id, step, folder, version_id, created_at); `after` an id, `limit` at most."""
    columns = (Checkpoint.id, Checkpoint.step, Checkpoint.folder, Checkpoint.version_id, Checkpoint.created_at)
    query = select(*columns).where(Checkpoint.job_id == job_id).order_by(Checkpoint.id).limit(limit)
    return list(connection.execute(query if after is None else query.where(Checkpoint.id > after)))


def ratings(connection: Connection, version_ids: Sequence[UUID]) -> list[Any]:
    """Where player versions stand: (version_id, ladder, elo, games) by ladder; none of those that have not played."""
    games = (Standing.wins + Standing.draws + Standing.losses).label("games")
    query = select(Standing.version_id, Standing.ladder, Standing.elo, games)
    return list(connection.execute(query.where(Standing.version_id == any_of(version_ids)).order_by(Standing.ladder)))
