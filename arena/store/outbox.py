"""The outbox: what the world is to be told, numbered in the order in which it became true."""

from collections.abc import Iterable
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, func, select, text

from arena.store.database import copy
from arena.store.tables import Outbox

RELAY = 7_305_002
"""Advisory lock: one relay numbers at a time."""

NUMBER = text(
    """
    WITH last AS (SELECT coalesce(max(feed_seq), 0) AS seq FROM outbox WHERE feed_seq IS NOT NULL),
    ready AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place
        FROM (SELECT id FROM outbox WHERE feed_seq IS NULL ORDER BY id LIMIT :n) w
    )
    UPDATE outbox o SET feed_seq = last.seq + ready.place FROM last, ready WHERE o.id = ready.id
    """
)


def add(connection: Connection, events: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Append (event, data) pairs to what is to be told."""
    copy(connection, Outbox, ("event", "data"), ((event, Jsonb(data)) for event, data in events))


def number(connection: Connection, n: int) -> int:
    """Give the next feed numbers, without gaps, to up to `n` rows that have none. Gives how many were numbered.

    A row is seen only once committed, and numbers are taken under a lock held to the commit: so they follow the order
    of commits, and a reader never meets a lower number after a higher one.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": RELAY})
    return connection.execute(NUMBER, {"n": n}).rowcount


def after(connection: Connection, seq: int, limit: int) -> list[Any]:
    """Numbered rows with a number above `seq`, in order: (feed_seq, event, data, created_at)."""
    query = select(Outbox.feed_seq, Outbox.event, Outbox.data, Outbox.created_at)
    return list(connection.execute(query.where(Outbox.feed_seq > seq).order_by(Outbox.feed_seq).limit(limit)))


def last(connection: Connection) -> int:
    """The highest feed number given, 0 when there is none."""
    return connection.scalars(select(func.max(Outbox.feed_seq))).one() or 0
