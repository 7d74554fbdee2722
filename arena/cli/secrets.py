"""What is sealed in the database: seal it under another key, or sign with another one."""

import typer

from arena.cli.shared.store import database_of
from arena.core.settings import Settings
from arena.core.vault import vault
from arena.flow.reseal import reseal as flow
from arena.store import revision, signing

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def secrets() -> None:
    """What is sealed under ARENA_SECRETS_KEY, or under `secrets.key` in ARENA_HOME."""


@app.command()
def reseal() -> None:
    """Seal everything under the first key; those after it can go then. Every part must have the first one already."""
    settings = Settings.read()
    with database_of(settings) as engine:
        revision.check(engine)
        with engine.begin() as connection:
            told = flow(connection, vault(settings))
    typer.echo(f"{told.done} secrets are sealed under the first key")
    if told.closed:
        todo = "players' owners send theirs again, webhooks are made anew, and for receipts there is sign-anew"
        typer.echo(f"{told.closed} open under none: {todo}", err=True)
        raise typer.Exit(1)


@app.command("sign-anew")
def sign_anew() -> None:
    """Have a new key made to sign receipts with. Old receipts still verify."""
    settings = Settings.read()
    with database_of(settings) as engine:
        revision.check(engine)
        with engine.begin() as connection:
            signing.retire(connection)
    typer.echo("a new key is made with the next receipt; bots' receipts have it once the API is started again")
