"""Runs migrations on the connection it is handed. A migration that cannot get its lock soon gives up unharmed."""

from alembic import context
from sqlalchemy import text

from arena.store.tables import Base

LOCK_TIMEOUT = "5s"

connection = context.config.attributes["connection"]
connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
context.run_migrations()
