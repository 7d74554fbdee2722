"""The database's schema: `arena db upgrade`."""

from typing import Annotated

import typer

from arena.core.settings import Settings
from arena.embedded.postgres import Postgres
from arena.store import database, schema

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def db() -> None:
    """The database's schema."""


@app.command()
def upgrade(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when it is done.")] = False,
) -> None:
    """Migrate the database to this version's schema, all or nothing. `arena up` does it too."""
    settings = Settings.read()
    embedded = None if settings.database_url else Postgres(settings.home / "postgres")
    try:
        engine = database.connect(settings.database_url or (embedded.start() if embedded else ""))
        database.check(engine)
        revision = schema.upgrade(engine)
        engine.dispose()
    finally:
        if embedded:
            embedded.stop()
    if not quiet:
        typer.echo(f"the database is at revision {revision}")
