"""Work that runs for long."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Job(Base):
    """Work that runs for long: what was asked, which never changes, and then where it is."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    name: Mapped[str]
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = now_()
    state: Mapped[str] = mapped_column(server_default="queued")
    wish: Mapped[str | None]
    generation: Mapped[int] = mapped_column(Integer, server_default="0")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    runner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    progress: Mapped[dict[str, Any] | None]
    reason: Mapped[str | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]
    """Of one that waits: since when it may be claimed, or from when on; else since it was made."""


class JobMetric(Base):
    """The numbers of one step of a training job. A job's ids sort in the order of writing."""

    __tablename__ = "job_metric"
    __table_args__ = (Index(None, "job_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    generation: Mapped[int] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    numbers: Mapped[dict[str, Any]]
    at: Mapped[datetime] = now_()


class Checkpoint(Base):
    """Weights of a training job in the artifact store, and the player version they became, if they did."""

    __tablename__ = "checkpoint"
    __table_args__ = (Index(None, "job_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    step: Mapped[int] = mapped_column(Integer)
    folder: Mapped[str]
    manifest: Mapped[dict[str, Any]]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("player_version.id"))
    created_at: Mapped[datetime] = now_()
