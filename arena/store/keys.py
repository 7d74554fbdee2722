"""API keys: made once, shown once, kept as a hash. They carry scopes, may end by themselves, and can be revoked."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from arena.core.ids import new_id
from arena.store.database import any_of
from arena.store.tables import ApiKey, Owner

PREFIX = "arena_"
SHAPE = re.compile(PREFIX.encode() + rb"[A-Za-z0-9_-]{43}")
"""A whole key, wherever it stands: the prefix and 256 bits. What only begins like one is a name like any other."""
GRACE = timedelta(minutes=10)
"""How long a key that was replaced still opens what it did: an answer that is lost locks nobody out."""
SCOPES = ("read", "submit", "train", "moderate", "admin")
"""What a key may allow. `admin` allows everything."""
MOST = 100
"""Keys of one owner that open something at once."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it may be shown: never the key itself."""

    id: UUID
    owner_id: UUID
    owner: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    made_by: UUID | None
    replaces: UUID | None


def digest(key: str) -> bytes:
    """SHA-256. Keys are 256 random bits, so a slow hash would add nothing."""
    return hashlib.sha256(key.encode()).digest()


def add(
    connection: Connection, owner_id: UUID, scopes: Sequence[str], name: str = "", days: float | None = None
) -> str:
    """A fresh key for an owner. The caller shows it; the arena cannot tell it again."""
    return made(connection, owner_id, scopes, name, until=ending(connection, days))[1]


def ending(connection: Connection, days: float | None, until: datetime | None = None) -> datetime | None:
    """When `days` are over, by the database's clock, or `until`, if that is earlier; None is never."""
    if days is None:
        return until
    return connection.scalars(select(func.least(func.now() + timedelta(days=days), until))).one()


def made(
    connection: Connection, owner_id: UUID, scopes: Sequence[str], name: str = "", *,
    until: datetime | None = None, made_by: UUID | None = None,
) -> tuple[UUID, str]:  # fmt: skip
    """A fresh key with its id. It ends by itself `until` then, and is revoked with the key that it was made by."""
    key, key_id = PREFIX + secrets.token_urlsafe(32), new_id()
    values = {"id": key_id, "owner_id": owner_id, "hash": digest(key), "scopes": list(scopes), "name": name}
    connection.execute(insert(ApiKey).values(**values, expires_at=until, made_by=made_by))
    return key_id, key


def holder(connection: Connection, key: str) -> tuple[UUID, UUID, list[str]] | None:
    """(key id, owner id, scopes) of a key that is neither revoked nor over."""
    query = select(ApiKey.id, ApiKey.owner_id, ApiKey.scopes).where(
        ApiKey.hash == digest(key), ApiKey.revoked_at.is_(None), _lasts()
    )
    row = connection.execute(query).one_or_none()
    return (row.id, row.owner_id, row.scopes) if row else None


def usable(connection: Connection, key_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these keys that are neither revoked nor over."""
    query = select(ApiKey.id).where(ApiKey.id == any_of(key_ids), ApiKey.revoked_at.is_(None), _lasts())
    return set(connection.scalars(query))


def listed(
    connection: Connection, owner_id: UUID | None = None, ids: Sequence[UUID] | None = None, *,
    after: UUID | None = None, limit: int | None = None,
) -> list[Key]:  # fmt: skip
    """Keys, oldest first: of one owner, or all; or those of some ids. `after` an id, `limit` of them at most."""
    query = (
        select(
            ApiKey.id, ApiKey.owner_id, Owner.name.label("owner"), ApiKey.name, ApiKey.scopes, ApiKey.created_at,
            ApiKey.expires_at, ApiKey.revoked_at, ApiKey.made_by, ApiKey.replaces,
        )
        .join(Owner, Owner.id == ApiKey.owner_id)
        .order_by(ApiKey.id)
    )  # fmt: skip
    if owner_id is not None:
        query = query.where(ApiKey.owner_id == owner_id)
    if ids is not None:
        query = query.where(ApiKey.id == any_of(ids))
    if after is not None:
        query = query.where(ApiKey.id > after)
    query = query.limit(limit)
    return [Key(**row) for row in connection.execute(query).mappings()]


def revoke(connection: Connection, ids: Sequence[UUID]) -> None:
    """End keys now."""
    query = update(ApiKey).where(ApiKey.id == any_of(ids), ApiKey.revoked_at.is_(None))
    connection.execute(query.values(revoked_at=func.now()))


def replaced(connection: Connection, key_id: UUID) -> None:
    """End a key when its grace is over, or when it would have ended, if that is earlier."""
    ends = func.least(ApiKey.expires_at, func.now() + GRACE)
    connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(expires_at=ends))


def admins(connection: Connection, besides: Sequence[UUID]) -> int:
    """How many keys could administer the arena for longer than a grace: one that was replaced is as good as gone."""
    query = select(func.count()).where(
        func.array_position(ApiKey.scopes, "admin").is_not(None), ApiKey.revoked_at.is_(None), _lasts(GRACE),
        ~(ApiKey.id == any_of(besides)),
    )  # fmt: skip
    return connection.scalars(query).one()


def open_of(connection: Connection, owner_id: UUID) -> int:
    """How many keys of an owner are neither revoked nor over."""
    query = select(func.count()).where(ApiKey.owner_id == owner_id, ApiKey.revoked_at.is_(None), _lasts())
    return connection.scalars(query).one()


def _lasts(longer_than: timedelta = timedelta()) -> ColumnElement[bool]:
    return or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now() + longer_than)
