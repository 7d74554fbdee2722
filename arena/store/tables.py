"""Every table. Facts (match, result, transcript, void, finding) are appended and never changed; ratings are caches.

`match_queue` is the one table of moving parts: a row leaves it when its match is settled.
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        bytes: LargeBinary,
        UUID: Uuid,
        float: Double,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: ARRAY(Text),
        list[float]: ARRAY(Double),
        list[int]: ARRAY(Integer),
        list[UUID]: ARRAY(Uuid),
    }


def _now() -> Mapped[datetime]:
    return mapped_column(server_default=func.now())


class Owner(Base):
    """Who submits players. The arena itself is one."""

    __tablename__ = "owner"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    is_arena: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = _now()


class ApiKey(Base):
    """A key's SHA-256; the key itself is kept nowhere."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "owner_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = _now()
    revoked_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(server_default="")
    expires_at: Mapped[datetime | None]


class Audit(Base):
    """Who changed what. Written in the transaction of the change; `owner_id` is null for what the arena itself did."""

    __tablename__ = "audit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = _now()
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("owner.id"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id"))
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Player(Base):
    __tablename__ = "player"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    created_at: Mapped[datetime] = _now()


class PlayerVersion(Base):
    """What plays and is rated. Only `status` ever changes: another spec is another version."""

    __tablename__ = "player_version"
    __table_args__ = (UniqueConstraint("player_id", "number"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    player_id: Mapped[UUID] = mapped_column(ForeignKey("player.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]]
    spec_hash: Mapped[bytes]
    league: Mapped[str]
    games: Mapped[list[str]]
    status: Mapped[str]
    created_at: Mapped[datetime] = _now()


class Match(Base):
    """What is to be played. Its seed stays sealed behind `commitment` until its pair is settled."""

    __tablename__ = "match"
    __table_args__ = (Index(None, "pair_id"), Index(None, "game", "id"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    game: Mapped[str]
    variant: Mapped[str]
    rounds: Mapped[int] = mapped_column(Integer)
    opening_plies: Mapped[int] = mapped_column(SmallInteger)
    view: Mapped[str]
    ply_clock_ms: Mapped[int] = mapped_column(Integer)
    match_clock_ms: Mapped[int] = mapped_column(Integer)
    illegal_budget: Mapped[int] = mapped_column(SmallInteger)
    rules_hash: Mapped[bytes]
    league: Mapped[str]
    purpose: Mapped[str]
    seed: Mapped[int] = mapped_column(BigInteger)
    nonce: Mapped[bytes]
    commitment: Mapped[bytes]
    pair_id: Mapped[UUID | None]
    propensity: Mapped[float]
    seats: Mapped[list[UUID]]
    created_at: Mapped[datetime] = _now()


class MatchQueue(Base):
    """A match that waits (`queued`), is being played (`leased`) or was given up (`dead`)."""

    __tablename__ = "match_queue"
    __table_args__ = (Index(None, "status", "priority", "match_id"),)
    match_id: Mapped[UUID] = mapped_column(ForeignKey("match.id"), primary_key=True)
    status: Mapped[str] = mapped_column(server_default="queued")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="100")
    fence: Mapped[int] = mapped_column(Integer, server_default="0")
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    host: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class Result(Base):
    """A verified outcome. `ladder_seq` is its place in its ladder's order; null when it is not rated."""

    __tablename__ = "result"
    __table_args__ = (Index("uq_result_ladder_seq", "ladder", "ladder_seq", unique=True), Index(None, "settled_at"))
    match_id: Mapped[UUID] = mapped_column(ForeignKey("match.id"), primary_key=True)
    ladder: Mapped[str | None]
    ladder_seq: Mapped[int | None] = mapped_column(BigInteger)
    scores: Mapped[list[float]]
    ranks: Mapped[list[int]]
    stops: Mapped[list[str]]
    illegal: Mapped[list[int]]
    ms: Mapped[list[float]]
    plies: Mapped[int] = mapped_column(Integer)
    game_hash: Mapped[bytes]
    evidence_hash: Mapped[bytes]
    host: Mapped[str]
    fence: Mapped[int] = mapped_column(Integer)
    finished_at: Mapped[datetime]
    settled_at: Mapped[datetime] = _now()


class Transcript(Base):
    """The report as the host sent it: every ply with its legal actions, replies and clocks. Old ones may be pruned.

    A partition a month, kept by `store.months`. No foreign key: adding or dropping a partition would lock `match`.
    """

    __tablename__ = "transcript"
    __table_args__ = ({"postgresql_partition_by": "RANGE (match_id)"},)
    match_id: Mapped[UUID] = mapped_column(primary_key=True)
    blob: Mapped[bytes]


class VoidEvent(Base):
    """A settled match that no longer counts."""

    __tablename__ = "void_event"
    match_id: Mapped[UUID] = mapped_column(ForeignKey("match.id"), primary_key=True)
    reason: Mapped[str]
    created_at: Mapped[datetime] = _now()


class EloEvent(Base):
    """One seat's change of live Elo by one match, in micro-points. The deltas of a match sum to zero."""

    __tablename__ = "elo_event"
    __table_args__ = (Index(None, "ladder", "version_id", "seq"),)
    ladder: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID]
    before: Mapped[int] = mapped_column(BigInteger)
    delta: Mapped[int] = mapped_column(BigInteger)


class Standing(Base):
    """A player version on a ladder: the sum of its Elo events and its results. A cache, rebuilt by `flow.refit`."""

    __tablename__ = "standing"
    ladder: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("player_version.id"), primary_key=True)
    elo: Mapped[int] = mapped_column(BigInteger)
    wins: Mapped[int] = mapped_column(Integer)
    draws: Mapped[int] = mapped_column(Integer)
    losses: Mapped[int] = mapped_column(Integer)


class Finding(Base):
    """Something wrong that the arena noticed: a refused result, with why."""

    __tablename__ = "finding"
    __table_args__ = (Index(None, "match_id"), Index(None, "kind", postgresql_ops={"kind": "text_pattern_ops"}))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    match_id: Mapped[UUID | None]
    host: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _now()


class Outbox(Base):
    """What the world is to be told, written in the transaction that made it true. The relay numbers it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "id", postgresql_where=text("feed_seq IS NULL")),
        Index("uq_outbox_feed_seq", "feed_seq", unique=True, postgresql_where=text("feed_seq IS NOT NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _now()
    feed_seq: Mapped[int | None] = mapped_column(BigInteger)


class Job(Base):
    """Work that runs for long: what was asked, which never changes, and then where it is."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    name: Mapped[str]
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = _now()
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
    at: Mapped[datetime] = _now()


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
    created_at: Mapped[datetime] = _now()
