"""What is to be played, what came of it, and what was wrong with it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Match(Base):
    """What is to be played. Its seed stays sealed behind `commitment` until its pair is settled."""

    __tablename__ = "match"
    __table_args__ = (
        Index(None, "pair_id"), Index(None, "game", "id"), Index(None, "league", "id"), Index(None, "purpose", "id"),
    )  # fmt: skip
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
    created_at: Mapped[datetime] = now_()


class MatchSeat(Base):
    """`seats` of a match by player version, so that the newest matches of one are found however many others there are.

    Written with the match and never changed. No foreign keys: each would be looked up for every seat.
    """

    __tablename__ = "match_seat"
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    match_id: Mapped[UUID] = mapped_column(primary_key=True)


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
    settled_at: Mapped[datetime] = now_()


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
    created_at: Mapped[datetime] = now_()


class Finding(Base):
    """Something wrong that the arena noticed: a refused result, with why."""

    __tablename__ = "finding"
    __table_args__ = (Index(None, "match_id"), Index(None, "kind", postgresql_ops={"kind": "text_pattern_ops"}))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    match_id: Mapped[UUID | None]
    host: Mapped[str | None]
    detail: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = now_()
