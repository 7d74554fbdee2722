"""Write the whole database to one file, while the arena runs or not."""

from pathlib import Path
from typing import Annotated

import typer

from arena.cli.shared.store import database_of
from arena.core.settings import Settings
from arena.flow import backup as flow

app = typer.Typer(add_completion=False)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to; a tar file.")]) -> None:
    """Write the whole database to one file, while the arena runs or not. Keys are in it as hashes only."""
    with database_of(Settings.read()) as engine:
        manifest = flow.backup(engine, file)
    typer.echo(f"{file}: {manifest.results} results on {manifest.ladders} ladders, facts {manifest.facts[:16]}")
