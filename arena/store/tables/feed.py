"""What the world is told."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


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
    created_at: Mapped[datetime] = now_()
    feed_seq: Mapped[int | None] = mapped_column(BigInteger)
