"""Webhooks: where an owner wants to be told of what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from arena.store import players
from arena.store.tables import Owner, Webhook


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it may be shown."""

    id: UUID
    owner_id: UUID
    owner: str
    url: str
    events: list[str]
    created_at: datetime
    retry_at: datetime | None


def add(connection: Connection, hook_id: UUID, owner_id: UUID, target: tuple[str, list[str]], sealed: bytes) -> None:
    """Append a webhook; `target` is its URL and its events."""
    url, events = target
    values = {"id": hook_id, "owner_id": owner_id, "url": url, "events": events, "secret": sealed}
    connection.execute(insert(Webhook).values(**values))


def held(connection: Connection) -> list[tuple[UUID, bytes]]:
    """(id, sealed secret) of every webhook, locked."""
    query = select(Webhook.id, Webhook.secret).order_by(Webhook.id).with_for_update()
    return [(row.id, row.secret) for row in connection.execute(query)]


def reseal(connection: Connection, hook_id: UUID, sealed: bytes) -> None:
    """The same secret under another seal."""
    connection.execute(update(Webhook).where(Webhook.id == hook_id).values(secret=sealed))


def listed(connection: Connection, owner_id: UUID | None = None, hook_id: UUID | None = None) -> list[Hook]:
    """Webhooks, oldest first: of one owner, or all; or the one of an id."""
    columns = (Webhook.id, Webhook.owner_id, Owner.name.label("owner"), Webhook.url, Webhook.events)
    query = select(*columns, Webhook.created_at, Webhook.retry_at).join(Owner, Owner.id == Webhook.owner_id)
    if owner_id is not None:
        query = query.where(Webhook.owner_id == owner_id)
    if hook_id is not None:
        query = query.where(Webhook.id == hook_id)
    return [Hook(**row) for row in connection.execute(query.order_by(Webhook.id)).mappings()]


def count(connection: Connection, owner_id: UUID) -> int:
    """How many an owner has. The owner's row is locked, so that two at once do not both find room."""
    players.hold_owner(connection, owner_id)
    return connection.scalars(select(func.count()).where(Webhook.owner_id == owner_id)).one()


def remove(connection: Connection, hook_id: UUID) -> None:
    """Delete a webhook, with all that was or is to be delivered to it."""
    connection.execute(delete(Webhook).where(Webhook.id == hook_id))
