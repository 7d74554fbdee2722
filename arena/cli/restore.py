"""Fill an empty database from a backup, and prove it equal."""

import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine, text

from arena.cli.shared.store import database_of
from arena.core.settings import Settings
from arena.flow import backup as flow
from arena.store import database

app = typer.Typer(add_completion=False)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `arena backup` wrote.")],
    verify: Annotated[
        bool, typer.Option("--verify", help="Only prove it, in a database made and dropped for it.")
    ] = False,
) -> None:
    """Fill an empty database from a backup, and prove it equal: the hash of the facts, and every ladder refitted."""
    with database_of(Settings.read()) as engine:
        if verify:
            with _scratch(engine) as other:
                manifest = flow.restore(other, file)
        else:
            manifest = flow.restore(engine, file)
    what = "proven equal" if verify else "restored and proven equal"
    typer.echo(f"{what}: {manifest.results} results, facts {manifest.facts[:16]}, {manifest.ladders} ladders refitted")


@contextmanager
def _scratch(engine: Engine) -> Generator[Engine]:
    """A database beside the arena's own, dropped at the end."""
    name = f"arena_verify_{secrets.token_hex(4)}"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        admin.execute(text(f"CREATE DATABASE {name}"))
        other = database.connect(engine.url.set(database=name).render_as_string(hide_password=False))
        try:
            yield other
        finally:
            other.dispose()
            admin.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
