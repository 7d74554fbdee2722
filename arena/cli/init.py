"""Prepare a database for the arena: its schema, the reference players and the first admin key."""

import typer

from arena.cli.supervise.home import Home
from arena.cli.supervise.prepare import prepare
from arena.core.errors import BadConfiguration
from arena.core.settings import Settings
from arena.core.vault import ensure_key
from arena.store import database

app = typer.Typer(add_completion=False)


@app.command()
def init() -> None:
    """Prepare the database of ARENA_DATABASE_URL; the admin key goes to ARENA_HOME. Doing it again changes nothing."""
    settings = Settings.read()
    if settings.database_url is None:
        what = "ARENA_DATABASE_URL is not set."
        raise BadConfiguration(what, todo="Name the database, or use `arena up`, which brings its own.")
    home = Home(settings.home)
    home.take()
    try:
        engine = database.connect(settings.database_url)
        revision, new_key = prepare(engine, home)
        if ensure_key(settings):
            typer.echo(f"the key that seals secrets is in {home.path}: the API and the pool need it too")
        typer.echo(f"the database is at revision {revision}")
        if new_key:
            typer.echo(f"the admin key is in {home.admin_key}")
        engine.dispose()
    finally:
        home.release()
