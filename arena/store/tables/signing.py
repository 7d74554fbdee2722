"""The keys that the arena signs with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class SigningKey(Base):
    """An Ed25519 key for receipts: the newest signs, all of them verify. Never changed, never deleted."""

    __tablename__ = "signing_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = now_()
    private: Mapped[bytes]
    public: Mapped[bytes]
