"""Jobs as the commands take and show them."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.table import Table
from rich.text import Text

from arena.cli.shared.screen import CONSOLE, emit
from arena.core.errors import BadRequest

Follow = Annotated[bool, typer.Option("--follow", help="Show its progress until it ends; Ctrl-C leaves it running.")]
PARTS = ("name", "kind", "spec")
NAME = 8
"""Letters that are left of a name."""
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
    except RecursionError:
        raise _too_deep(file) from None
    try:
        json.dumps(read, allow_nan=False)
    except RecursionError:
        raise _too_deep(file) from None
    except (TypeError, ValueError) as error:
        todo = "Use values that JSON has: no dates, nan or inf."
        raise BadRequest(f"{file} holds what no job can: {error}.", todo=todo) from None
    if not isinstance(read, dict):
        raise BadRequest(f"{file} is no job.", todo="It needs fields, such as `name`.")
    return cast("dict[str, Any]", read)


def _too_deep(file: Path) -> BadRequest:
    return BadRequest(f"{file} is nested too deeply.", todo="Give a job, or a recipe like those in examples/train.")


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
    told = [Text(f"{job['id']}  {job['name']} ({job['kind']})  {standing(job)}  {how_far(job)}".rstrip())]
    if job["reason"] and job["state"] != "cancelled":  # why it had failed before that concerns nobody any more
        went_on = job["state"] in ("queued", "running")
        told.append(Text(f"Tried again after: {job['reason']}" if went_on else job["reason"], style="red"))
    for line in told:
        CONSOLE.print(line, soft_wrap=not CONSOLE.is_terminal)


def table(jobs: list[dict[str, Any]]) -> Table:
    """Jobs, one a line. Where there is no room for all of it, names are cut: the rest is what one looks for."""
    shown = [(Text(job["id"]), Text(job["name"]), Text(standing(job)), Text(how_far(job))) for job in jobs]
    table = Table(box=None, pad_edge=False)
    for title, cells in zip(("id", "name", "state", "progress"), zip(*shown, strict=True), strict=True):
        widest = max(len(title), *(cell.cell_len for cell in cells))
        if title == "name":
            table.add_column(title, overflow="ellipsis", min_width=min(widest, NAME))
        else:
            table.add_column(title, no_wrap=True, min_width=widest)
    for cells in shown:
        table.add_row(*cells)
    return table


def standing(job: dict[str, Any]) -> str:
    """Its state, and what it was asked for and has not done yet."""
    return f"{job['state']}, to be {ASKED[job['wish']]}" if job["wish"] else job["state"]


def how_far(job: dict[str, Any]) -> str:
    """Its progress in words."""
    far = job["progress"]
    return f"{far['done']}/{far['of']} {far['unit']}" if far else ""
