"""Jobs as the commands take and show them."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.text import Text

from arena.cli.shared.screen import CONSOLE, emit
from arena.core.errors import BadRequest

Follow = Annotated[bool, typer.Option("--follow", help="Show its progress until it ends; Ctrl-C leaves it running.")]
PARTS = ("name", "kind", "spec")
ASKED = {"pause": "paused", "cancel": "cancelled"}


def read_plain(file: Path) -> dict[str, Any]:
    """What a TOML or JSON file holds, in values that JSON has.

    Raises:
        BadRequest: it cannot be read, or holds something else.
    """
    try:
        text = file.read_text()
        read: Any = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise BadRequest(f"{file} cannot be read: {error.strerror}.", todo="Give a TOML or JSON file.") from None
    except ValueError as error:
        raise BadRequest(f"{file} is neither TOML nor JSON: {error}.", todo="Give a TOML or JSON file.") from None
    try:
        json.dumps(read, allow_nan=False)
    except (TypeError, ValueError) as error:
        todo = "Use values that JSON has: no dates, nan or inf."
        raise BadRequest(f"{file} holds what no job can: {error}.", todo=todo) from None
    if not isinstance(read, dict):
        raise BadRequest(f"{file} is no job.", todo="It needs fields, such as `name`.")
    return cast("dict[str, Any]", read)


def read_job(file: Path) -> dict[str, Any]:
    """Name, kind and spec from a file. Raises `BadRequest`."""
    read = read_plain(file)
    missing = [name for name in PARTS if name not in read]
    if missing:
        todo = "It needs `name`, `kind` and `spec`; a training recipe is launched with `arena train`."
        raise BadRequest(f"{file} lacks {', '.join(missing)}.", todo=todo)
    return {name: read[name] for name in PARTS}


def show_job(job: dict[str, Any], *, as_json: bool) -> None:
    """Print a job: in a line, with what went wrong last."""
    if as_json:
        emit(job)
        return
    CONSOLE.print(Text(f"{job['id']}  {job['name']} ({job['kind']})  {standing(job)}  {how_far(job)}"))
    if job["reason"]:
        went_on = job["state"] in ("queued", "running")
        CONSOLE.print(Text(f"Tried again after: {job['reason']}" if went_on else job["reason"], style="red"))


def standing(job: dict[str, Any]) -> str:
    """Its state, and what it was asked for and has not done yet."""
    return f"{job['state']}, to be {ASKED[job['wish']]}" if job["wish"] else job["state"]


def how_far(job: dict[str, Any]) -> str:
    """Its progress in words."""
    far = job["progress"]
    return f"{far['done']}/{far['of']} {far['unit']}" if far else ""
