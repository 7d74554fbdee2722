"""Delete everything the arena keeps on this machine."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from arena.cli.supervise.home import Home
from arena.core.errors import BadConfiguration
from arena.core.settings import Settings
from arena.embedded.folder import Folder, clear_errors, in_use
from arena.embedded.launch import leftovers
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from workers.match import head

app = typer.Typer(add_completion=False)
MARKS = ("up.lock", "postgres/lock", "valkey/lock")
"""Files that nothing but an arena makes: without one of them the folder is somebody else's."""
SERVERS = {"postgres": Postgres.program, "valkey": Valkey.program}
KEPT = (
    "run.json", "run.new", "admin.key", "secrets.key", "secrets.new", "ray.token", "logs", "artifacts",
    *SERVERS, "up.lock",
)  # fmt: skip
"""All that an arena keeps, the lock last. What else lies there is not the arena's to delete."""


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete everything the arena keeps in ARENA_HOME: its database, queue, data sets, keys, logs. Asks first.

    The folder itself stays, and servers and an artifact store given by URL are not touched.
    """
    path = Settings.read().home
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        typer.echo(f"nothing is kept in {path}")
        return
    if not any((path / mark).is_file() for mark in MARKS):
        what = f"{path} does not look like an arena's folder."
        raise BadConfiguration(what, todo="Set ARENA_HOME to the one to empty; nothing was deleted.")
    with ExitStack() as held, clear_errors(path):
        _hold(path, held)
        if not yes:
            typer.confirm(f"Delete everything the arena keeps in {path}?", abort=True)
        head.sweep(path)
        for name in KEPT:
            _delete(path / name)
    left = sorted(p.name for p in path.iterdir())
    typer.echo(f"emptied {path}" + (f"; not the arena's, and left: {', '.join(left)}" if left else ""))


def _hold(path: Path, held: ExitStack) -> None:
    """Raises `HomeInUse` while anything of the arena runs there; nothing can start until `held` ends."""
    home = Home(path)
    home.take()
    held.callback(home.release)
    for name, program in SERVERS.items():
        if (path / name).is_dir():
            folder = Folder(path / name)
            folder.take()
            held.callback(folder.release)
            if dying := leftovers(program, folder.mark):  # after a `kill -9` of the supervisor it takes them a moment
                raise in_use(folder.path, str(dying[0].pid))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
