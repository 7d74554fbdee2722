"""The keys that the arena signs with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class SigningKey(Base):
    """An Ed25519 key for receipts: the newest that is whole signs, all of them verify. Never deleted.

    Its private half lies here sealed: see `arena.core.vault`. It is null of a key that only verifies any more.
    """

    __tablename__ = "signing_key"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime] = now_()
    sealed: Mapped[bytes | None]
    public: Mapped[bytes]
