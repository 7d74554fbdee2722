"""Which revision of the schema a database has, and which this arena knows. Every process asks: no Alembic here."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from arena.core.errors import DatabaseNewer, DatabaseOlder


def folder() -> Path:
    """Where the migrations are."""
    spec = find_spec("migrations")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@lru_cache
def known() -> tuple[str, ...]:
    """The revisions of this arena, oldest first: what their files' names begin with."""
    return tuple(sorted(file.name[:4] for file in (folder() / "versions").glob("[0-9]*.py")))


def current(connection: Connection) -> str | None:
    """The database's revision; None when it has never been migrated."""
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def check(engine: Engine) -> None:
    """Raises `DatabaseNewer` or `DatabaseOlder` unless the schema is this version's."""
    with engine.connect() as connection:
        refuse_newer(connection)
        if current(connection) != known()[-1]:
            raise DatabaseOlder("The database has an older schema.", todo="Run `arena db upgrade`.")


def refuse_newer(connection: Connection) -> None:
    """Raises `DatabaseNewer` when a later version of the arena has migrated the database."""
    found = current(connection)
    if found is not None and found not in known():
        what = f"The database is at revision {found}, which this version of the arena does not know."
        raise DatabaseNewer(what, todo="Install the newer version that migrated it; nothing was changed.")
