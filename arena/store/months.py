"""Partitions of `transcript`: one a calendar month (UTC) in which its matches were made, and `DEFAULT` for the rest.

Ids sort by the time they were made, so a month is a range of them. An insert never fails for want of a partition: what
has none lands in the default one, and is moved when its month's is made.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from sqlalchemy import Connection, text

from arena.core.ids import first_id
from arena.store import ladders

PARENT = "transcript"
DEFAULT = "transcript_default"
NAME = re.compile(rf"{PARENT}_y(\d{{4}})m(\d{{2}})")
MAKING = 7_305_004
"""Advisory lock: one hand at a time adds or drops partitions."""
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
"""Ids before this are of a clock that was wrong, and so are those beyond the next month: they stay in the default."""

CHILDREN = """
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = to_regclass('transcript') ORDER BY 1
"""


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month, UTC."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """The month of a moment."""
        moment = moment.astimezone(UTC)
        return cls(moment.year, moment.month)

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def begin(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def partition(self) -> str:
        """The name of its partition."""
        return f"{PARENT}_y{self.year:04}m{self.number:02}"

    @property
    def ids(self) -> tuple[UUID, UUID]:
        """The first id of the month, and the first of the next."""
        return first_id(self.begin), first_id(self.next.begin)


def is_partition(name: str) -> bool:
    """Whether a table of this name is a part of another: its making is upkeep, not schema."""
    return name == DEFAULT or NAME.fullmatch(name) is not None


def lock(connection: Connection) -> None:
    """Wait to be the only one that adds or drops partitions, until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MAKING})


def made(connection: Connection) -> list[Month]:
    """The months that have a partition, oldest first."""
    found = (NAME.fullmatch(name) for name in connection.scalars(text(CHILDREN)))
    return sorted(Month(int(m[1]), int(m[2])) for m in found if m)


def held(connection: Connection, table: str, column: str, *, now: datetime) -> Iterator[Month]:
    """The months that a table holds ids of, oldest first, by one step down its index each."""
    query = text(f"SELECT {column} FROM {table} WHERE {column} >= :low ORDER BY {column} LIMIT 1")
    low, end = first_id(EPOCH), Month.of(now).next.ids[1]
    while (found := connection.execute(query, {"low": low}).scalar()) is not None and found < end:
        month = Month.of(datetime.fromtimestamp((found.int >> 80) / 1000, UTC))
        yield month
        low = month.ids[1]


def strays(connection: Connection, now: datetime) -> list[Month]:
    """The months of what landed in the default partition."""
    return list(held(connection, DEFAULT, "match_id", now=now))


def make(connection: Connection, month: Month) -> bool:
    """Give a month its partition, with what the default one holds of it; False when it has one.

    Settling stands still until the transaction ends. Locks are taken in the order in which everybody else takes them:
    the whole before its parts.
    """
    lock(connection)
    if month in made(connection):
        return False
    ladders.lock(connection)  # no batch is on its way into the default partition
    connection.execute(text(f"LOCK TABLE ONLY {PARENT} IN SHARE UPDATE EXCLUSIVE MODE"))
    connection.execute(text(f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE"))
    name, (low, high) = month.partition, month.ids
    connection.execute(text(f"CREATE TABLE {name} (LIKE {PARENT} INCLUDING ALL)"))
    moved = f"DELETE FROM {DEFAULT} WHERE match_id >= :low AND match_id < :high RETURNING match_id, blob"
    into = f"WITH moved AS ({moved}) INSERT INTO {name} (match_id, blob) SELECT match_id, blob FROM moved"
    connection.execute(text(into), {"low": low, "high": high})
    # `CREATE ... PARTITION OF` would keep every reader out; this keeps them only from the default partition.
    connection.execute(text(f"ALTER TABLE {PARENT} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')"))
    return True


def drop(connection: Connection, month: Month) -> None:
    """Drop a month's partition with all it holds. The caller has `lock`."""
    connection.execute(text(f"DROP TABLE {month.partition}"))


def size(connection: Connection, month: Month) -> tuple[int, int]:
    """(rows, bytes of its files: table, index and out-of-line values) of a month's partition."""
    query = f"SELECT count(*), pg_total_relation_size('{month.partition}') FROM {month.partition}"
    rows, size = connection.execute(text(query)).one()
    return int(rows), int(size)


def stray_size(connection: Connection, before: UUID) -> tuple[int, int]:
    """(rows, bytes) of what the default partition holds with ids below `before`."""
    query = f"SELECT count(*), coalesce(sum(pg_column_size(t.*)), 0) FROM {DEFAULT} t WHERE match_id < :before"
    rows, size = connection.execute(text(query), {"before": before}).one()
    return int(rows), int(size)


def drop_strays(connection: Connection, before: UUID, n: int) -> tuple[int, int]:
    """Delete up to `n` rows of the default partition with ids below `before`; gives (rows, bytes)."""
    old = f"SELECT match_id FROM {DEFAULT} WHERE match_id < :before ORDER BY match_id LIMIT :n"
    gone = f"DELETE FROM {DEFAULT} t WHERE match_id IN ({old}) RETURNING pg_column_size(t.*) AS bytes"
    query = text(f"WITH gone AS ({gone}) SELECT count(*), coalesce(sum(bytes), 0) FROM gone")
    rows, size = connection.execute(query, {"before": before, "n": n}).one()
    return int(rows), int(size)
