"""API keys: list them, make one (for somebody new, too), rotate and revoke one."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.client import ClientError
from arena.core.nearest import choose
from arena.store.keys import SCOPES

app = typer.Typer(add_completion=False, no_args_is_help=True)
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `arena keys list` shows it.")]
TAKEN = "player.name_taken"
DAY = timedelta(days=1)


@app.callback()
def keys() -> None:
    """Who may do what. The key is ARENA_API_KEY, else the admin key in ARENA_HOME."""


@app.command("list")
def list_(*, as_json: AsJson = False, url: Url = None) -> None:
    """List your keys; with an admin key, everybody's."""
    with arena_at(url, with_key=True) as arena:
        found = arena.keys()
    if as_json:
        emit(found)
        return
    table = Table("id", "owner", "name", "scopes", "made", "ends", "made with", "in place of", box=None, pad_edge=False)
    for key in found:
        table.add_row(
            key["id"],
            Text(key["owner"]),
            Text(key["name"]),
            ", ".join(key["scopes"]),
            key["created_at"][:10],
            _end(key),
            _short(key["made_by"]),
            _short(key["replaces"]),
        )
    CONSOLE.print(table, crop=False)


@app.command()
def add(
    scopes: Annotated[list[str], typer.Argument(help="Of read, submit, train, moderate, admin.")], *,
    owner: Annotated[str | None, typer.Option(help="Whose it is; an account is made if there is none.")] = None,
    name: Annotated[str, typer.Option(help="What you know it by.")] = "",
    days: Annotated[float | None, typer.Option(help="After how many days it ends; never, unless told.")] = None,
    as_json: AsJson = False, url: Url = None,
) -> None:  # fmt: skip
    """Make a key. It is shown once."""
    if odd := [scope for scope in scopes if scope not in SCOPES]:  # before an account is made for it
        raise typer.BadParameter(f"{odd[0]!r} is no scope. {choose(odd[0], SCOPES)}")
    with arena_at(url, with_key=True) as arena:
        if owner is not None and owner != arena.me()["name"]:
            try:
                arena.make_owner(owner)
            except ClientError as error:
                if error.code != TAKEN:
                    raise
        _show(arena.make_key(scopes, name, owner, days), as_json=as_json)


@app.command()
def rotate(key_id: KeyId, *, as_json: AsJson = False, url: Url = None) -> None:
    """Make a new key in place of one, which ends in ten minutes."""
    with arena_at(url, with_key=True) as arena:
        _show(arena.rotate_key(key_id), as_json=as_json)


@app.command()
def revoke(key_id: KeyId, *, as_json: AsJson = False, url: Url = None) -> None:
    """End a key now, and all that were made with it. To keep those, rotate it with itself first."""
    with arena_at(url, with_key=True) as arena:
        ended = arena.revoke_key(key_id)
    if as_json:
        emit(ended)
        return
    for key in ended["revoked"]:
        typer.echo(f"revoked {key['id']} of {key['owner']}{key['name'] and ', '}{key['name']}")
    if ended["replaced_by"]:
        typer.echo("It was rotated. If it leaked, revoke what it was rotated to as well:", err=True)
        typer.echo("\n".join(f"arena keys revoke {key}" for key in ended["replaced_by"]), err=True)


def _show(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        emit(made)
        return
    typer.echo(made["key"])
    typer.echo(f"for {made['owner']}: {', '.join(made['scopes'])}. It is not shown again.", err=True)


def _end(key: dict[str, Any]) -> str:
    """The day, and the time too where that is within one of now: a key that was rotated has ten minutes."""
    if key["revoked_at"] or not key["expires_at"]:
        return "revoked" if key["revoked_at"] else ""
    near = abs(datetime.fromisoformat(key["expires_at"]) - datetime.now(UTC)) < DAY
    return key["expires_at"][:16].replace("T", " ") + " UTC" if near else key["expires_at"][:10]


def _short(key_id: str | None) -> str:
    """The end of an id: what it begins with is the time, which ids made together share."""
    return f"…{key_id[-8:]}" if key_id else ""
