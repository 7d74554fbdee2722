"""Show every part of the arena that runs here, and whether it is well."""

from typing import Any, cast

import httpx
import typer
from rich.table import Table
from rich.text import Text

from arena.cli.shared.diagnosis import holder_of, run_of
from arena.cli.shared.parts import alive, observe
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.cli.shared.versions import versions
from arena.cli.supervise.home import Home
from arena.core.settings import Settings

app = typer.Typer(add_completion=False)
READY_S = 3.0
WELL = ("running", "external")
COLUMNS = ("part", "state", "pid", "address", "version", "restarts", "last error")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show every part of the arena that runs here. Exit code 0 when all is well, 1 when a part is down or none runs."""
    seen = look(Settings.read())
    if as_json:
        emit(seen)
    else:
        _show(seen)
    if not seen["well"]:
        raise typer.Exit(1)


def look(settings: Settings) -> dict[str, Any]:
    """The supervisor and the parts as they are, not as run.json remembers them."""
    home = Home(settings.home)
    holder, run = holder_of(home), run_of(home)
    if holder is not None and not alive(holder):
        holder = None
    told = cast(list[dict[str, Any]], run.get("parts") or [])
    told_at = (home.path / "run.json").stat().st_mtime if told else 0.0
    parts = [observe(part, told_at) for part in told]
    known = versions(settings, parts)
    for part in parts:
        part["version"] = known.get(part["name"])
    ready = _ready(run.get("url"))
    return {
        "well": holder is not None and ready and all(part["state"] in WELL for part in parts),
        "home": str(home.path),
        "url": run.get("url"),
        "supervisor": holder,
        "ready": ready,
        "parts": parts,
    }


def _ready(url: str | None) -> bool:
    try:
        return bool(url) and httpx.get(f"{url}/readyz", timeout=READY_S).is_success
    except httpx.HTTPError:
        return False


def _show(seen: dict[str, Any]) -> None:
    CONSOLE.print(Text(_headline(seen)), soft_wrap=True)
    if not seen["parts"]:
        return
    table = Table(box=None, pad_edge=False)
    for title in COLUMNS:
        table.add_column(title, overflow="fold")
    for part in seen["parts"]:
        keys = ("name", "state", "pid", "address", "version", "restarts", "last_error")
        style = "" if part["state"] in WELL else "red"
        table.add_row(*(Text("" if part[k] is None else str(part[k]), style=style) for k in keys))
    CONSOLE.print(table)


def _headline(seen: dict[str, Any]) -> str:
    if seen["supervisor"] is None:
        alive = any(part["state"] == "running" for part in seen["parts"])
        left = " A killed run left parts behind; they end by themselves." if alive else ""
        return f"No arena runs in {seen['home']}.{left} Start it with `arena up`; parts run by hand show at /health."
    if not seen["parts"]:
        return f"The arena in {seen['home']} is starting (pid {seen['supervisor']})."
    ailing = [part["name"] for part in seen["parts"] if part["state"] not in WELL]
    answer = "is not ready" if not seen["ready"] else f"is not well ({', '.join(ailing)})" if ailing else "is ready"
    return f"The arena in {seen['home']} (pid {seen['supervisor']}) {answer}, at {seen['url']}."
