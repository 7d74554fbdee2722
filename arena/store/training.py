"""What training jobs leave in the database: the numbers of their updates, and their checkpoints."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from arena.core.ids import new_id
from arena.store.jobs import Claimed
from arena.store.tables import Checkpoint, JobMetric


def add_metric(connection: Connection, run: Claimed, step: int, numbers: dict[str, float]) -> None:
    """Append the numbers of a step."""
    values = {"job_id": run.id, "generation": run.generation, "step": step, "numbers": numbers}
    connection.execute(insert(JobMetric).values(id=new_id(), **values))


def metrics(connection: Connection, job_id: UUID, *, after: UUID | None = None, limit: int = 1000) -> list[Any]:
    """Rows of a job in the order they were written: (id, step, generation, at, numbers)."""
    query = select(JobMetric.id, JobMetric.step, JobMetric.generation, JobMetric.at, JobMetric.numbers)
    query = query.where(JobMetric.job_id == job_id)
    if after is not None:
        query = query.where(JobMetric.id > after)
    return list(connection.execute(query.order_by(JobMetric.id).limit(limit)))


def add_checkpoint(
    connection: Connection, run: Claimed, step: int, folder: str, manifest: dict[str, Any], version_id: UUID | None
) -> None:
    """Append a checkpoint, with the player version that it became, if it did."""
    values = {"job_id": run.id, "step": step, "folder": folder, "manifest": manifest, "version_id": version_id}
    connection.execute(insert(Checkpoint).values(id=new_id(), **values))


def checkpoints(connection: Connection, job_id: UUID) -> list[Any]:
    """A job's checkpoints, oldest first: (step, folder, version_id, created_at)."""
    columns = (Checkpoint.step, Checkpoint.folder, Checkpoint.version_id, Checkpoint.created_at)
    return list(connection.execute(select(*columns).where(Checkpoint.job_id == job_id).order_by(Checkpoint.id)))
