"""The engine, the bulk insert, and what a database must be before the arena writes to it."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection as Driver
from psycopg import Error as PsycopgError
from psycopg import sql
from sqlalchemy import ARRAY, ColumnElement, Connection, Engine, Table, Uuid, any_, cast, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from arena.core.errors import Unreachable


def connect(url: str, *, pool: int = 5) -> Engine:
    """An engine on a PostgreSQL URL, with or without SQLAlchemy's driver suffix. Connects on first use."""
    for prefix in ("postgresql://", "postgres://"):
        url = f"postgresql+psycopg://{url.removeprefix(prefix)}" if url.startswith(prefix) else url
    return create_engine(url, pool_size=pool, max_overflow=10, pool_pre_ping=True, connect_args={"connect_timeout": 5})


def check(engine: Engine) -> None:
    """Raises `Unreachable` when the database does not answer."""
    try:
        with engine.connect():
            return
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        reason = str(error.orig).strip().splitlines()[0].rstrip(".")
        todo = "Check ARENA_DATABASE_URL, or unset it for the embedded server."
        raise Unreachable(f"PostgreSQL at {where} does not answer: {reason}.", todo=todo) from None


def any_of(ids: Sequence[UUID]) -> ColumnElement[Any]:
    """`= ANY(array)`: one parameter however many ids, where `IN` would make a statement of them."""
    return any_(cast(list(ids), ARRAY(Uuid)))


def copy(connection: Connection, table: type[Any], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY rows into a table inside the connection's transaction: several times faster than INSERT.

    Raises:
        sqlalchemy.exc.DBAPIError: what PostgreSQL refused, as any other statement would.
    """
    target: Table = table.__table__
    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(target.name), names)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as out:  # pyright: ignore[reportUnknownVariableType]
            for row in rows:
                out.write_row(row)
    except PsycopgError as error:
        # As SQLAlchemy would: whoever calls need not know that this went past it.
        raise DBAPIError.instance(f"COPY {target.name}", None, error, PsycopgError) from error
