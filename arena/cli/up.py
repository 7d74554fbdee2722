"""Start the whole arena on this machine and keep it up."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from arena.cli.shared.logs import LogJson, start_logging
from arena.cli.supervise.home import Home
from arena.core.errors import ServerFailed
from arena.core.settings import Settings
from arena.embedded.folder import clear_errors

app = typer.Typer(add_completion=False)
DETACH_S = 240.0


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return once it plays; stop it with `make down`.")] = False,
    *,
    log_json: LogJson = False,
    held: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Start the whole arena on this machine and keep it up: servers, Ray, API, desk, pool, jobs. Ctrl-C stops it."""
    settings = Settings.read()
    if detach:
        _detach(settings)
        return
    from arena.cli.supervise.boot import Arena  # what `--detach` need not wait for

    start_logging("up", settings)
    Arena(settings, _say, held).run()


def _say(step: str) -> None:
    # A terminal that is gone, or a log on a full disk, must not end the arena.
    with suppress(OSError):
        typer.echo(f"arena · {step}")


def _detach(settings: Settings) -> None:
    """Run `arena up` in a session of its own and follow its steps until it is ready or has failed."""
    home = Home(settings.home)
    if (holder := home.holder()) is not None:
        url = home.run().get("url", "")
        typer.echo(f"It already runs (pid {holder}), at {url or 'an address it has not told yet'}.")
        return
    home.take()
    log = home.logs / "up.log"
    # Made anew, and appended to: it may be cut while it is written.
    with clear_errors(home.path), log.open("wb"), log.open("ab") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "arena.cli.main", "up", "--held", str(home.lock)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"}, pass_fds=[home.lock],
        )  # fmt: skip
    home.hand_over(child.pid)
    console = Console()
    shown = 0
    deadline = time.monotonic() + DETACH_S
    with console.status("starting"):
        while not home.run().get("ready"):
            if child.poll() is not None:
                _tell_failure(log.read_text(errors="replace"))
            if time.monotonic() > deadline:
                raise ServerFailed(f"The arena was not ready after {DETACH_S:.0f} s.", todo=f"Read {log}.")
            shown = _show(console, log.read_text(errors="replace").splitlines(), shown)
            time.sleep(0.1)
    _show(console, log.read_text(errors="replace").splitlines(), shown)
    url = home.run()["url"]
    console.print(f"The ladder moves at [bold]{url}[/]; logs in {home.logs}; stop it with `make down`.", soft_wrap=True)


def _show(console: Console, lines: list[str], shown: int) -> int:
    for line in lines[shown:]:
        if line.startswith("arena · ") and not line.startswith("arena · ready"):
            console.print(line, style="dim", highlight=False)
    return len(lines)


def _tell_failure(text: str) -> NoReturn:
    """End as the arena itself ended: with its own last line."""
    lines = [line for line in text.splitlines() if line.strip()]
    typer.echo(lines[-1] if lines else "arena: it ended without a word", err=True)
    raise typer.Exit(1)
