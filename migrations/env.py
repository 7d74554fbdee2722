"""Runs migrations on the connection it is handed, whose lock timeout `arena.store.schema` has set."""

from alembic import context

from arena.store.months import is_partition
from arena.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_server_default=True,
    include_name=lambda name, kind, parents: kind != "table" or not is_partition(name or ""),
)
context.run_migrations()
