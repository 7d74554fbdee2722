"""Answers to requests that may be sent again: kept for a day, under the owner and the key that the request named."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, text

from arena.store.tables import Repeat

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered. `body` is None where it held a secret."""

    status: int
    location: str | None
    media_type: str | None
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: whose, under what key, with what content (SHA-256), by a key of what scopes."""

    owner_id: UUID
    key: str
    content: bytes
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an earlier request."""

    asked: Asked
    answer: Answer


def claim(connection: Connection, owner_id: UUID, key: str) -> bool:
    """Whether nobody else is at this request now. Held until the transaction ends; nobody waits."""
    place = hashlib.sha256(owner_id.bytes + key.encode()).digest()[:8]
    number = int.from_bytes(place, "big", signed=True)
    return connection.scalars(text("SELECT pg_try_advisory_xact_lock(:n)"), {"n": number}).one()


def find(connection: Connection, owner_id: UUID, key: str) -> Kept | None:
    """What was answered to the request of that key; what is older than a day is as if it had never been."""
    mine = (Repeat.owner_id == owner_id, Repeat.key == key)
    connection.execute(delete(Repeat).where(*mine, Repeat.created_at <= func.now() - KEPT))
    row = connection.execute(select(Repeat.__table__).where(*mine)).one_or_none()
    if row is None:
        return None
    answer = Answer(row.status, row.location, row.media_type, row.body)
    return Kept(Asked(owner_id, key, row.asked, row.scopes), answer)


def keep(connection: Connection, asked: Asked, answer: Answer) -> None:
    """Append an answer. Once it is committed, so is what the request has changed."""
    values = {
        "owner_id": asked.owner_id, "key": asked.key, "asked": asked.content, "scopes": list(asked.scopes),
        "status": answer.status, "location": answer.location, "media_type": answer.media_type, "body": answer.body,
    }  # fmt: skip
    connection.execute(insert(Repeat).values(**values))


def forget_old(connection: Connection) -> int:
    """Delete what is older than a day; gives how many."""
    return connection.execute(delete(Repeat).where(Repeat.created_at <= func.now() - KEPT)).rowcount
