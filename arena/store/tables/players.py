"""Who plays, and where they stand."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Player(Base):
    __tablename__ = "player"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    created_at: Mapped[datetime] = now_()


class PlayerVersion(Base):
    """What plays and is rated. Only `status` ever changes: another spec is another version."""

    __tablename__ = "player_version"
    __table_args__ = (UniqueConstraint("player_id", "number"), Index(None, "status"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    player_id: Mapped[UUID] = mapped_column(ForeignKey("player.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    spec: Mapped[dict[str, Any]]
    spec_hash: Mapped[bytes]
    league: Mapped[str]
    games: Mapped[list[str]]
    status: Mapped[str]
    created_at: Mapped[datetime] = now_()


class VersionEvent(Base):
    """A change of a version's status, with why. The newest one's status stands in the version, too."""

    __tablename__ = "version_event"
    __table_args__ = (Index(None, "version_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("player_version.id"))
    at: Mapped[datetime] = now_()
    status: Mapped[str]
    reason: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Secret(Base):
    """What an owner told in confidence of a version, sealed: see `arena.core.vault`. Told again, it is replaced."""

    __tablename__ = "secret"
    version_id: Mapped[UUID] = mapped_column(ForeignKey("player_version.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    set_at: Mapped[datetime] = now_()


class Standing(Base):
    """A player version on a ladder: the sum of its Elo events and its results. A cache, rebuilt by `flow.refit`."""

    __tablename__ = "standing"
    ladder: Mapped[str] = mapped_column(primary_key=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("player_version.id"), primary_key=True)
    elo: Mapped[int] = mapped_column(BigInteger)
    wins: Mapped[int] = mapped_column(Integer)
    draws: Mapped[int] = mapped_column(Integer)
    losses: Mapped[int] = mapped_column(Integer)


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
