"""Deliveries: what webhooks are to be told, tried until it is taken or given up. Each event once for each webhook."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from arena.core.ids import new_id
from arena.store import outbox
from arena.store.database import any_of
from arena.store.tables import Delivery, Told, Webhook

READER = "webhooks"
TAKE = text(
    """
    WITH due AS (
        SELECT DISTINCT ON (w.owner_id) d.id
        FROM delivery d JOIN webhook w ON w.id = d.webhook_id
        WHERE d.state = 'waiting' AND d.next_at <= now() AND coalesce(w.retry_at <= now(), true)
            AND w.owner_id <> ALL(:busy)
        ORDER BY w.owner_id, d.next_at, d.id
    ), picked AS (SELECT id FROM delivery WHERE id IN (SELECT id FROM due LIMIT :n) FOR UPDATE SKIP LOCKED)
    UPDATE delivery d SET attempts = d.attempts + 1, next_at = now() + make_interval(secs => :lease_s)
    FROM picked, webhook w WHERE d.id = picked.id AND w.id = d.webhook_id
    RETURNING d.id, d.webhook_id, w.owner_id, w.url, w.secret, d.body, d.attempts
    """
)
EXPIRE = text(
    """
    UPDATE delivery SET state = 'dead', ended_at = now(), reason = CASE
        WHEN created_at < now() - make_interval(secs => :age_s) THEN 'It could not be delivered in time.'
        ELSE 'Too many others came after it.' END
    WHERE id IN (
        SELECT id FROM (
            SELECT id, created_at, row_number() OVER (PARTITION BY webhook_id ORDER BY id DESC) AS place
            FROM delivery WHERE state = 'waiting'
        ) w WHERE created_at < now() - make_interval(secs => :age_s) OR place > :most
    )
    """
)
COLUMNS = (
    Delivery.id, Delivery.event, Delivery.body, Delivery.state, Delivery.attempts, Delivery.status, Delivery.reason,
    Delivery.created_at, Delivery.next_at, Delivery.ended_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be tried now."""

    id: UUID
    webhook_id: UUID
    owner_id: UUID
    url: str
    secret: bytes
    body: str
    attempts: int


def add(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Queue deliveries (`webhook_id`, `seq`, `event`, `body`); one that is there already is left as it is."""
    values = [{"id": new_id(), **row} for row in rows]
    if values:
        connection.execute(upsert(Delivery).on_conflict_do_nothing(index_elements=["webhook_id", "seq"]), values)


def held_place(connection: Connection) -> int:
    """The last event that was looked at. Held until the transaction ends: one reader at a time."""
    first = upsert(Told).values(reader=READER, seq=outbox.last(connection))
    connection.execute(first.on_conflict_do_nothing())
    return connection.scalars(select(Told.seq).where(Told.reader == READER).with_for_update()).one()


def move(connection: Connection, seq: int) -> None:
    """Note the last event that was looked at."""
    connection.execute(update(Told).where(Told.reader == READER).values(seq=seq))


def take(connection: Connection, n: int, busy: Collection[UUID], lease_s: float) -> list[Due]:
    """Up to `n` deliveries that are due, one an owner, of none that is `busy`: the taker's for `lease_s`."""
    rows = connection.execute(TAKE, {"n": n, "busy": list(busy), "lease_s": lease_s})
    return [Due(**row) for row in rows.mappings()]


def delivered(connection: Connection, due: Due, status: int) -> None:
    """It was taken; the webhook is well."""
    _end(connection, due, state="delivered", status=status, reason=None)
    connection.execute(update(Webhook).where(Webhook.id == due.webhook_id).values(retry_at=None))


def failed(connection: Connection, due: Due, told: tuple[int | None, str], wait: timedelta, rest: timedelta) -> None:
    """It was not: (status, reason). It is tried again after `wait`, and whatever else of the webhook after `rest`."""
    values = {"status": told[0], "reason": told[1], "next_at": func.now() + wait}
    connection.execute(update(Delivery).where(Delivery.id == due.id, Delivery.state == "waiting").values(**values))
    connection.execute(update(Webhook).where(Webhook.id == due.webhook_id).values(retry_at=func.now() + rest))


def dead(connection: Connection, due: Due, told: tuple[int | None, str]) -> None:
    """It is given up."""
    _end(connection, due, state="dead", status=told[0], reason=told[1])


def expire(connection: Connection, age_s: float, most: int) -> int:
    """Give up what has waited longer than that, and of each webhook all but the `most` newest; gives how many."""
    return connection.execute(EXPIRE, {"age_s": age_s, "most": most}).rowcount


def waits(connection: Connection, hook_id: UUID, event: str) -> bool:
    """Whether an event of that name waits to be told to a webhook, whose row is locked."""
    connection.execute(select(Webhook.id).where(Webhook.id == hook_id).with_for_update())
    query = select(Delivery.id).where(Delivery.webhook_id == hook_id, Delivery.event == event)
    return connection.execute(query.where(Delivery.state == "waiting").limit(1)).first() is not None


def _end(connection: Connection, due: Due, **values: object) -> None:
    query = update(Delivery).where(Delivery.id == due.id, Delivery.state == "waiting")
    connection.execute(query.values(**values, ended_at=func.now()))


def page(connection: Connection, hook_id: UUID, before: UUID | None, limit: int) -> list[Any]:
    """A webhook's deliveries, newest first, before an id."""
    query = select(*COLUMNS).where(Delivery.webhook_id == hook_id).order_by(Delivery.id.desc()).limit(limit)
    return list(connection.execute(query if before is None else query.where(Delivery.id < before)))


def hooks_of(connection: Connection, owners: Collection[UUID]) -> list[Any]:
    """(id, owner_id, events, created_at) of the webhooks of some owners."""
    columns = (Webhook.id, Webhook.owner_id, Webhook.events, Webhook.created_at)
    return list(connection.execute(select(*columns).where(Webhook.owner_id == any_of(list(owners)))))


def forget_old(connection: Connection, kept: timedelta) -> int:
    """Delete what ended longer ago than that; gives how many."""
    return connection.execute(delete(Delivery).where(Delivery.ended_at <= func.now() - kept)).rowcount
