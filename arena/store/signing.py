"""The keys that receipts are signed with: made once, shared by every process of the API."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from arena.core.ids import new_id
from arena.store.tables import SigningKey

MAKING = 7_305_009
"""Advisory lock: of several processes that start at once, one makes the key."""


def newest(connection: Connection) -> tuple[UUID, bytes] | None:
    """(id, private key) of the key that signs now, if there is one."""
    query = select(SigningKey.id, SigningKey.private).order_by(SigningKey.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return (row.id, row.private) if row else None


def lock(connection: Connection) -> None:
    """Be the only one who makes a key, until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING})


def add(connection: Connection, private: bytes, public: bytes) -> UUID:
    """A key that signs from now on."""
    key_id = new_id()
    connection.execute(insert(SigningKey).values(id=key_id, private=private, public=public))
    return key_id


def public(connection: Connection) -> list[Any]:
    """(id, public, created_at) of every key, oldest first."""
    query = select(SigningKey.id, SigningKey.public, SigningKey.created_at).order_by(SigningKey.id)
    return list(connection.execute(query))
