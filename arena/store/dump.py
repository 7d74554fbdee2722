"""Whole tables as streams of COPY text, in and out, in the order of their keys: the same rows give the same bytes."""

import hashlib
from collections.abc import Iterator
from typing import IO, Any, cast

from psycopg import Connection as Driver
from psycopg import sql
from sqlalchemy import Connection, Table, text

from arena.store.tables import Base

TABLES: tuple[Table, ...] = tuple(Base.metadata.sorted_tables)
"""Every table, those that others refer to first."""
FACTS = (
    "owner", "player", "player_version", "secret", "match", "result", "transcript", "void_event", "finding", "job",
    "job_metric", "checkpoint", "outbox",
)  # fmt: skip
"""Tables that hold what cannot be computed again: all but a job's, and secrets, are only appended to."""


def rows_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """A table's rows as chunks of COPY text, ordered by its primary key."""
    keys = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.primary_key.columns)
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        _columns(table), sql.Identifier(table.name), keys
    )
    with _driver(connection).cursor() as cursor, cursor.copy(query) as out:
        for chunk in out:
            yield bytes(chunk)


def load(connection: Connection, table: Table, source: IO[bytes]) -> None:
    """Fill an empty table from COPY text."""
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _columns(table))
    with _driver(connection).cursor() as cursor, cursor.copy(query) as into:
        while chunk := source.read(1 << 20):
            into.write(chunk)


def digest(connection: Connection, names: tuple[str, ...]) -> str:
    """SHA-256 over every row of some tables, in hexadecimal."""
    total = hashlib.sha256()
    for table in TABLES:
        if table.name in names:
            total.update(f"{table.name}\n".encode())
            for chunk in rows_of(connection, table):
                total.update(chunk)
    return total.hexdigest()


def is_empty(connection: Connection) -> bool:
    """Whether no table holds a row."""
    return not any(connection.execute(text(f"SELECT 1 FROM {t.name} LIMIT 1")).first() for t in TABLES)


def follow_sequences(connection: Connection) -> None:
    """Let the outbox count on from its highest id: COPY does not move a sequence."""
    query = (
        "SELECT setval(pg_get_serial_sequence('outbox', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM outbox), false)"
    )
    connection.execute(text(query))


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(c.name) for c in table.columns)


def _driver(connection: Connection) -> "Driver[Any]":
    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    return cast("Driver[Any]", driver)
