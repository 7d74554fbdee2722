"""Bring the database's schema up to date."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from arena.store import revision

LOCK_TIMEOUT_MS = 5000
MIGRATING = 7_305_003
"""Advisory lock: one migration at a time."""


def upgrade(engine: Engine) -> str:
    """Migrate to this version's schema, all or nothing; gives the revision it now has.

    Raises:
        DatabaseNewer: a later version of the arena has migrated it.
    """
    config = Config()
    config.set_main_option("script_location", str(revision.folder()))
    with engine.begin() as connection:
        # First of all: whatever holds a lock, the upgrade gives up unharmed instead of waiting behind it.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        revision.refuse_newer(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return revision.current(connection) or ""
