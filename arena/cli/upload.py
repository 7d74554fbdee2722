"""Upload weights that a player is to play with: a safetensors file, sent in parts, resumed where it was cut off."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.core.errors import BadRequest

app = typer.Typer(add_completion=False)


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(help="The safetensors file.")], *,
    name: Annotated[str | None, typer.Option(help="What to list it as; else the file's name.")] = None,
    as_json: AsJson = False, url: Url = None,
) -> None:  # fmt: skip
    """Upload weights. The key is ARENA_API_KEY, else the admin key; run it again to go on where it was cut off."""
    if not file.is_file():
        raise BadRequest(f"There is no file {file}.", todo="Name a safetensors file.")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    bar = Progress(*columns, TimeRemainingColumn(), console=CONSOLE, disable=as_json or not CONSOLE.is_terminal)
    with arena_at(url, with_key=True) as arena, bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        done = arena.upload(file, name, lambda arrived, size: bar.update(task, completed=arrived, total=size))
    if as_json:
        emit(done)
        return
    CONSOLE.print(f"{file.name} is ready: {done['sha256']}", markup=False)
