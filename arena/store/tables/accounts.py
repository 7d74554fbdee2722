"""Who may do what, and what was done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Owner(Base):
    """Who submits players. The arena itself is one."""

    __tablename__ = "owner"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    is_arena: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[datetime] = now_()


class ApiKey(Base):
    """A key's SHA-256; the key itself is kept nowhere."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "owner_id"), Index(None, "made_by"), Index(None, "replaces"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime] = now_()
    revoked_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(server_default="")
    expires_at: Mapped[datetime | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id"))
    """The key that it goes with when that is revoked; null for the first, and for those made before this was kept."""
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id"))
    """The key that it was made in place of."""
    handed_on: Mapped[bool] = mapped_column(server_default=text("false"))
    """It goes with `made_by` because that took the place of what made it."""


class Audit(Base):
    """Who changed what. Written in the transaction of the change; `owner_id` is null for what the arena itself did."""

    __tablename__ = "audit"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = now_()
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("owner.id"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_key.id"))
    action: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
