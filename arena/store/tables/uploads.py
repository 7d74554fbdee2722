"""Weights that people upload."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from arena.store.tables.base import Base, now_


class Upload(Base):
    """What somebody declared they would send, and how far it is: `open`, `checking`, `ready` or `refused`.

    The bytes are in the artifact store: in parts, and once it is ready under the name that is their hash.
    """

    __tablename__ = "upload"
    __table_args__ = (Index(None, "owner_id", "sha256"), Index(None, "sha256"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("owner.id"))
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    """In hexadecimal, as declared; what is ready has it."""
    state: Mapped[str] = mapped_column(server_default="open")
    parts: Mapped[list[int]] = mapped_column(server_default="{}")
    """The numbers of those that are there."""
    reason: Mapped[str | None]
    """Why it was refused."""
    created_at: Mapped[datetime] = now_()
    touched_at: Mapped[datetime] = now_()
    """When something was last done to it."""
