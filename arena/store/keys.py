"""API keys: made once, shown once, kept as a hash."""

import hashlib
import secrets
from uuid import UUID

from sqlalchemy import Connection, insert, select

from arena.core.ids import new_id
from arena.store.tables import ApiKey

PREFIX = "arena_"


def digest(key: str) -> bytes:
    """SHA-256. Keys are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).digest()


def add(connection: Connection, owner_id: UUID, scopes: list[str]) -> str:
    """A fresh key for an owner. The caller shows it; the arena cannot tell it again."""
    key = PREFIX + secrets.token_urlsafe(32)
    connection.execute(insert(ApiKey).values(id=new_id(), owner_id=owner_id, hash=digest(key), scopes=scopes))
    return key


def holder(connection: Connection, key: str) -> tuple[UUID, list[str]] | None:
    """(owner id, scopes) of a key that is not revoked."""
    query = select(ApiKey.owner_id, ApiKey.scopes).where(ApiKey.hash == digest(key), ApiKey.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return (row.owner_id, row.scopes) if row else None
