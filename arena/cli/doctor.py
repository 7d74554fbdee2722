"""Find and explain the commonest misconfigurations."""

from dataclasses import asdict
from typing import Any

import typer
from rich.table import Table
from rich.text import Text

from arena.cli.shared.diagnosis import gather
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.core.errors import BadRequest
from arena.core.registry import Registry
from arena.core.settings import Settings

app = typer.Typer(add_completion=False)
CHECKS = Registry("check", ("arena.cli.shared.checks",), BadRequest)
COLOURS = {"ok": "green", "skip": "dim", "warn": "yellow", "fail": "bold red"}


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Find and explain the commonest misconfigurations. Changes nothing. Exit code 1 when anything fails."""
    subject = gather(Settings.read())
    found = [{"check": name, **asdict(f)} for name in CHECKS.names() for f in CHECKS.load(name).check(subject)]
    failed = any(f["level"] == "fail" for f in found)
    if as_json:
        emit({"ok": not failed, "findings": found})
    else:
        CONSOLE.print(_table(found))
    if failed:
        raise typer.Exit(1)


def _table(found: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("", "check", "found", "what to do"):
        table.add_column(title, overflow="fold")
    for f in found:
        table.add_row(Text(f["level"], style=COLOURS[f["level"]]), f["check"], Text(f["what"]), Text(f["todo"]))
    return table
