"""Where owners want to be told of what happens, and what is being told to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Webhook(Base):
    """An address of an owner's, and what it is told of. `secret` is sealed. Nothing is sent before `retry_at`."""

    __tablename__ = "webhook"
    __table_args__ = (Index(None, "owner_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    url: Mapped[str]
    events: Mapped[list[str]]
    secret: Mapped[bytes]
    created_at: Mapped[datetime] = now_()
    retry_at: Mapped[datetime | None]


class Delivery(Base):
    """One message to one webhook: `waiting`, `delivered`, or `dead` with a reason. `seq` is the event's in the feed."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("uq_delivery_webhook_id_seq", "webhook_id", "seq", unique=True),
        Index("ix_delivery_due", "next_at", postgresql_where=text("state = 'waiting'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    event: Mapped[str]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    status: Mapped[int | None] = mapped_column(SmallInteger)
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = now_()
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class Told(Base):
    """How far a reader of the feed has got that may not miss an event."""

    __tablename__ = "told"
    reader: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
