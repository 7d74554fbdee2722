"""The outbox: what the world is to be told, numbered in the order in which it became true."""

from collections.abc import Iterable
from datetime import datetime
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


def told_before(connection: Connection, moment: datetime) -> int:
    """The first feed number to keep so that everything told since `moment` is kept; the last told event always is.

    Numbering goes on from the last one, and what waits has no number: neither can be among those below.
    """
    kept = select(Outbox.feed_seq).where(Outbox.feed_seq.is_not(None), Outbox.created_at >= moment)
    first = connection.scalars(kept.order_by(Outbox.feed_seq).limit(1)).one_or_none()
    return last(connection) if first is None else first


def size_below(connection: Connection, seq: int) -> tuple[int, int]:
    """(rows, bytes) of the events told under numbers below `seq`."""
    query = "SELECT count(*), coalesce(sum(pg_column_size(o.*)), 0) FROM outbox o WHERE feed_seq < :seq"
    rows, size = connection.execute(text(query), {"seq": seq}).one()
    return int(rows), int(size)


def forget_below(connection: Connection, seq: int, n: int) -> tuple[int, int]:
    """Delete up to `n` of the events told under numbers below `seq`, the oldest first; gives (rows, bytes)."""
    old = "SELECT id FROM outbox WHERE feed_seq < :seq ORDER BY feed_seq LIMIT :n"
    gone = f"DELETE FROM outbox o WHERE id IN ({old}) RETURNING pg_column_size(o.*) AS bytes"
    query = text(f"WITH gone AS ({gone}) SELECT count(*), coalesce(sum(bytes), 0) FROM gone")
    rows, size = connection.execute(query, {"seq": seq, "n": n}).one()
    return int(rows), int(size)
