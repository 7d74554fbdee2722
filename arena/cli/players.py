"""Players of an arena: submit one from a file, list them, show one and what became of it, pause, resume, retire."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from arena.cli.shared.jobs import read_plain
from arena.cli.shared.lives import COMING, last_change, version_of
from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.client import Client
from arena.core.brief import printable
from arena.core.errors import BadRequest, PlayerRejected
from arena.core.nearest import did_you_mean
from arena.store import lives

app = typer.Typer(add_completion=False, no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The player's name.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for who reads its history.")]
OWN_WISH = "Its owner asked for it."
PARTS = {"name", "kind", "spec", "league", "games", "secrets"}
LOOK_S = 0.5


@app.callback()
def players() -> None:
    """Who plays. The key, where one is needed, is ARENA_API_KEY, else the admin key in ARENA_HOME."""


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(help="JSON or TOML as for POST /api/v1/players: name, kind, spec, games …")],
    *,
    secret: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VARIABLE", help="A secret, from a variable of the environment.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Wait until it is active; exit code 1 if rejected.")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Submit a player to be rated."""
    with arena_at(url, with_key=True) as arena:
        submitted = arena.submit(**_read(file, secret or []))
        player = _followed(arena, submitted, quiet=as_json) if follow else arena.player(submitted["player"])
        _show(player, as_json=as_json)
        status = version_of(player, submitted)
        if follow and status["status"] == "rejected":
            todo = "Look at its matches; mend what was wrong; submit it again."
            raise PlayerRejected(last_change(status)["reason"] or "It was rejected.", todo=todo)


@app.command("list")
def list_(
    *,
    mine: Annotated[bool, typer.Option("--mine", help="Only those of the key's owner.")] = False,
    owner: Annotated[str | None, typer.Option(help="Only of this owner.")] = None,
    status: Annotated[str | None, typer.Option(help="Only those of whom a version is this, such as active.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    game: Annotated[str | None, typer.Option(help="Only those that play this game.")] = None,
    league: Annotated[str | None, typer.Option(help="Only in this league.")] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """List the players: all, or those of whom one version, the newest or the one in play, is all that is asked for."""
    if mine and owner is not None:
        raise BadRequest("--mine names an owner, and so does --owner.", todo="Give one of them.")
    with arena_at(url, with_key=mine) as arena:
        wanted = {"owner": arena.me()["name"] if mine else owner, "status": status, "kind": kind, "game": game}
        found = arena.players(**wanted, league=league)
    if as_json:
        emit(found)
        return
    none = "no such players" if league or any(wanted.values()) else "no players yet"
    CONSOLE.print(_table(found) if found else none, crop=False)


@app.command()
def show(name: Name, *, as_json: AsJson = False, url: Url = None) -> None:
    """Show one player: its versions and what became of each."""
    with arena_at(url) as arena:
        _show(arena.player(name), as_json=as_json)


@app.command()
def pause(name: Name, *, why: Why = OWN_WISH, as_json: AsJson = False, url: Url = None) -> None:
    """Have no more matches made for a player until it is resumed."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.pause_player(name, why), as_json=as_json)


@app.command()
def resume(name: Name, *, why: Why = OWN_WISH, as_json: AsJson = False, url: Url = None) -> None:
    """Let a paused player go on."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.resume_player(name, why), as_json=as_json)


@app.command()
def retire(name: Name, *, why: Why = OWN_WISH, as_json: AsJson = False, url: Url = None) -> None:
    """End a player; its results stay."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.retire_player(name, why), as_json=as_json)


def _read(file: Path, secret: list[str]) -> dict[str, Any]:
    """A submission, with the secrets that the file should not hold."""
    read = read_plain(file)
    odd, missing = read.keys() - PARTS, [name for name in ("name", "kind") if name not in read]
    if odd or missing:
        what = f"{file} has {', '.join(sorted(odd))}." if odd else f"{file} lacks {', '.join(missing)}."
        meant = did_you_mean(min(odd), PARTS) if odd else ""
        todo = f"{meant}It may have name, kind, spec, league, games and secrets; the first two it must."
        raise BadRequest(what, todo=todo)
    for given in secret:
        name, _, variable = given.partition("=")
        if variable not in os.environ:
            what = f"There is no variable {variable!r} in the environment, for the secret {name!r}."
            raise BadRequest(what, todo="Give NAME=VARIABLE, and set the variable to the secret.")
        read.setdefault("secrets", {})[name] = os.environ[variable]
    return read


def _followed(arena: Client, submitted: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """The player once it is decided what becomes of the version."""
    told = ""
    while True:
        player = arena.player(submitted["player"])
        version = version_of(player, submitted)
        stands = f"{player['name']}: {version['status']}" + (f". {waits}" if (waits := _waits(version)) else "")
        if not quiet and stands != told:
            CONSOLE.print(Text(stands), soft_wrap=True)
        if version["status"] not in COMING:
            return player
        told = stands
        time.sleep(LOOK_S)


def _waits(version: dict[str, Any]) -> str:
    return f"It waits for {version['waits_for']}." if version["waits_for"] else ""


def _show(player: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(player)
        return
    CONSOLE.print(Text(f"{player['name']}, of {player['owner']}"))
    for version in player["versions"]:
        last = last_change(version)
        since = f" since {last['at'][:19]}" if last["at"] else ""
        head = f"{version['label']}, {version['kind']}, {version['league']}: {version['status']}{since}"
        # Reasons hold others' words: as texts they are drawn as they are, and not read as markup. Ids stay whole.
        CONSOLE.print(Text(head, style="bold"), soft_wrap=True)
        for line in filter(None, (last["reason"], _waits(version))):
            CONSOLE.print(Padding(Text(printable(line)), (0, 0, 0, 2), expand=False))
        for match in last["matches"]:
            CONSOLE.print(Text(f"  match {match}"), soft_wrap=True)


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table("player", "owner", "versions", "kind", "league", "status", box=None, pad_edge=False)
    for player in found:
        last = player["versions"][-1]
        plays = next((v for v in player["versions"] if v["status"] in lives.PLAYS), last)
        comes = f", @{last['number']} {last['status']}" if last is not plays else ""
        row = player["name"], player["owner"], str(len(player["versions"]))
        table.add_row(*map(Text, row), plays["kind"], plays["league"], plays["status"] + comes)
    return table
