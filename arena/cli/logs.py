"""Read what the arena's parts log."""

from pathlib import Path
from typing import Annotated

import typer

from arena.cli.shared.hosts import Hosts
from arena.cli.shared.tail import Tail
from arena.cli.supervise.state import place
from arena.core.errors import BadRequest
from arena.core.nearest import choose
from arena.core.settings import Settings
from workers.match.head import sessions

app = typer.Typer(add_completion=False)
PARTS = ("up", "ray", "api", "desk", "pool", "jobs")
HOSTS = "hosts"
LATEST = "session_latest/logs"
SERVERS = {"postgres": "postgres/postgres.log", "valkey": "valkey/valkey-server.log"}


@app.command()
def logs(
    part: Annotated[str | None, typer.Argument(help="Which part; all of them without.")] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Of each log, the last so many lines.")] = 20,
) -> None:
    """Read what the arena's parts log: up, ray, api, desk, pool, jobs, hosts, postgres, valkey."""
    settings = Settings.read()
    files = places(settings.home)
    if part is not None and part not in files:
        raise BadRequest(f"There is no part {part!r}.", todo=choose(part, sorted(files)))
    if settings.ray_address is not None and part == HOSTS:
        todo = f"Read their logs there: `ray logs cluster --address {place(settings.ray_address)}`."
        raise BadRequest("The match hosts run on a Ray cluster that is not this arena's own.", todo=todo)
    chosen = files if part is None else {part: files[part]}
    width = max(map(len, chosen))
    tails = {(f"{name:<{width}} | " if part is None else ""): _tail(name, file) for name, file in chosen.items()}
    for prefix, tail in tails.items():
        _print(prefix, tail.last(lines))
    if not any(file.exists() for file in chosen.values()):
        typer.echo(f"nothing was logged yet: there is no {' nor '.join(map(str, chosen.values()))}", err=True)
    if follow:
        _follow(tails)


def places(home: Path) -> dict[str, Path]:
    """Where each part logs: those always known, and whatever else has logged."""
    more = {file.stem: file for file in sorted((home / "logs").glob("*.log"))}
    known = {name: home / "logs" / f"{name}.log" for name in PARTS}
    return {**known, **more, HOSTS: sessions(home) / LATEST, **{name: home / file for name, file in SERVERS.items()}}


def _tail(name: str, file: Path) -> Tail | Hosts:
    return Hosts(file.parents[1]) if name == HOSTS else Tail(file)


def _follow(tails: dict[str, Tail | Hosts]) -> None:
    try:
        while True:
            for prefix, tail in tails.items():
                _print(prefix, tail.fresh())
            Tail.pause()
    except KeyboardInterrupt:
        return


def _print(prefix: str, lines: list[str]) -> None:
    for line in lines:
        typer.echo(f"{prefix}{line}")
