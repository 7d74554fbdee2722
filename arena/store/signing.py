"""The keys that receipts are signed with: made once, shared by every process of the API."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text, update

from arena.store.tables import SigningKey

SEALED = "signing"
"""The name under which private keys are sealed."""
MAKING = 7_305_009
"""Advisory lock: of several processes that start at once, one makes the key."""


def newest(connection: Connection) -> tuple[UUID, bytes] | None:
    """(id, sealed private key) of the key that signs now, if there is one."""
    query = select(SigningKey.id, SigningKey.sealed).where(SigningKey.sealed.is_not(None))
    row = connection.execute(query.order_by(SigningKey.id.desc()).limit(1)).one_or_none()
    return (row.id, row.sealed) if row else None


def lock(connection: Connection) -> None:
    """Be the only one who makes a key, until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING})


def add(connection: Connection, key_id: UUID, sealed: bytes, public: bytes) -> None:
    """A key that signs from now on."""
    connection.execute(insert(SigningKey).values(id=key_id, sealed=sealed, public=public))


def held(connection: Connection) -> list[tuple[UUID, bytes]]:
    """(id, sealed private key) of every key that could sign, locked."""
    query = select(SigningKey.id, SigningKey.sealed).where(SigningKey.sealed.is_not(None)).order_by(SigningKey.id)
    return [(row.id, row.sealed) for row in connection.execute(query.with_for_update())]


def reseal(connection: Connection, key_id: UUID, sealed: bytes) -> None:
    """The same private key under another seal."""
    connection.execute(update(SigningKey).where(SigningKey.id == key_id).values(sealed=sealed))


def retire(connection: Connection) -> None:
    """From now on no key that there is signs; all of them still verify."""
    connection.execute(update(SigningKey).values(sealed=None))


def public(connection: Connection) -> list[Any]:
    """(id, public, created_at) of every key, oldest first."""
    query = select(SigningKey.id, SigningKey.public, SigningKey.created_at).order_by(SigningKey.id)
    return list(connection.execute(query))
