"""Bring the database's schema up to date."""

from alembic import command
from alembic.config import Config
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from arena.core.errors import DatabaseBusy
from arena.store import revision

LOCK_TIMEOUT_MS = 5000
OTHER_MS = 600_000
"""How long another migration is waited for."""
MIGRATING = 7_305_003
"""Advisory lock: one migration at a time."""


def upgrade(engine: Engine) -> str:
    """Migrate to this version's schema, all or nothing; gives the revision it now has.

    Raises:
        DatabaseNewer: a later version of the arena has migrated it.
        DatabaseBusy: something holds a table; nothing has changed.
    """
    try:
        return _upgrade(engine)
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
            raise
        what = "The database cannot be migrated while something holds its tables: a backup, a reader, a migration."
        todo = "Nothing has changed. Wait until that has ended, or stop the arena, and run it again."
        raise DatabaseBusy(what, todo=todo) from None


def _upgrade(engine: Engine) -> str:
    config = Config()
    config.set_main_option("script_location", str(revision.folder()))
    with engine.begin() as connection:
        # Nobody waits behind one that waits for another migration: so it may take its time.
        connection.execute(text(f"SET LOCAL lock_timeout = '{OTHER_MS}ms'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        # But behind one that waits for a table everybody does: it rather gives up unharmed.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'"))
        revision.refuse_newer(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return revision.current(connection) or ""
