"""The database's schema: bring it up to date, or say that it is not what this version of the arena expects."""

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from arena.core.errors import DatabaseNewer, DatabaseOlder

LOCK_TIMEOUT_MS = 5000
MIGRATING = 7_305_003
"""Advisory lock: one migration at a time."""


def upgrade(engine: Engine) -> str:
    """Migrate to this version's schema, all or nothing; gives the revision it now has.

    Raises:
        DatabaseNewer: a later version of the arena has migrated it.
    """
    config = _config()
    with engine.begin() as connection:
        # First of all: whatever holds a lock, the upgrade gives up unharmed instead of waiting behind it.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        _refuse_newer(connection, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return _current(connection) or ""


def check(engine: Engine) -> None:
    """Raises `DatabaseNewer` or `DatabaseOlder` unless the schema is this version's."""
    config = _config()
    with engine.connect() as connection:
        _refuse_newer(connection, config)
        if _current(connection) != ScriptDirectory.from_config(config).get_current_head():
            raise DatabaseOlder("The database has an older schema.", todo="Run `arena db upgrade`.")


def _refuse_newer(connection: Connection, config: Config) -> None:
    current = _current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        what = f"The database is at revision {current}, which this version of the arena does not know."
        raise DatabaseNewer(what, todo="Install the newer version that migrated it; nothing was changed.")


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    spec = find_spec("migrations")
    assert spec is not None
    assert spec.origin is not None
    config = Config()
    config.set_main_option("script_location", str(Path(spec.origin).parent))
    return config
