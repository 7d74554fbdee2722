"""Stop the arena that runs on this machine."""

import os
import signal
import time
from contextlib import suppress

import typer

from arena.cli.supervise.home import Home
from arena.core.errors import ServerFailed
from arena.core.settings import Settings

app = typer.Typer(add_completion=False)
DOWN_S = 30.0


@app.command()
def down() -> None:
    """Stop the arena that runs in ARENA_HOME. Stopping what does not run is no error."""
    settings = Settings.read()
    home = Home(settings.home)
    pid = home.holder()
    if pid is None:
        typer.echo(f"no arena runs in {settings.home}")
        return
    with suppress(ProcessLookupError):  # it has ended since
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_S
    while home.holder() == pid:
        if time.monotonic() > deadline:
            raise ServerFailed(f"The arena (pid {pid}) did not stop within {DOWN_S:.0f} s.", todo=f"Read {home.logs}.")
        time.sleep(0.05)
    typer.echo("stopped")
