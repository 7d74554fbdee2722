"""What was answered to requests that may be sent again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Repeat(Base):
    """The answer to a request with an idempotency key, written in the transaction of what it changed.

    `body` is null where the answer held a secret: that it was done is known, what was told is not.
    """

    __tablename__ = "repeat"
    __table_args__ = (Index(None, "created_at"),)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    asked: Mapped[bytes]
    """SHA-256 of the request."""
    scopes: Mapped[list[str]]
    status: Mapped[int] = mapped_column(SmallInteger)
    location: Mapped[str | None]
    media_type: Mapped[str | None]
    body: Mapped[bytes | None]
    created_at: Mapped[datetime] = now_()
