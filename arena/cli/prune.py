"""Delete old transcripts and feed events. Results, ratings and hashes stay."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.filesize import decimal
from rich.table import Table

from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.cli.shared.store import database_of
from arena.core.settings import Settings
from arena.flow import prune as flow
from arena.flow.prune import Item, Limits
from arena.store import revision

app = typer.Typer(add_completion=False)
AGE = re.compile(r"([1-9]\d{0,3})d")
TRANSCRIPTS, FEED = 180, 30
"""Days, where ARENA_KEEP_DAYS does not say otherwise."""
TITLES = {"transcripts": "transcripts", "feed": "feed events"}


def _age(text: str) -> timedelta:
    found = AGE.fullmatch(text)
    if found is None:
        raise typer.BadParameter("write it as days, from 1d to 9999d")
    return timedelta(days=int(found[1]))


@app.command()
def prune(
    transcripts_older_than: Annotated[
        timedelta | None,
        typer.Option(parser=_age, metavar="DAYS", help="Days like 180d. Given alone, no feed events go."),
    ] = None,
    feed_older_than: Annotated[
        timedelta | None,
        typer.Option(parser=_age, metavar="DAYS", help="Days like 30d. Given alone, no transcripts go."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete old transcripts, whole months of them, and old feed events. Asks first.

    Without an age both go that are older than ARENA_KEEP_DAYS; where that is not set, 180 days and 30.

    Matches, results, Elo events, voids and findings stay: ratings can be recomputed, and hashes still prove what was.
    """
    settings = Settings.read()
    limits = Limits(transcripts_older_than, feed_older_than)
    if limits == Limits(None, None):
        limits = Limits(*(timedelta(days=settings.keep_days or days) for days in (TRANSCRIPTS, FEED)))
    with database_of(settings) as engine:
        revision.check(engine)
        found = flow.plan(engine, limits)
        if not as_json:
            _show(found)
        if found and not dry_run:
            if not yes:
                typer.confirm("Delete it for good?", abort=True, err=True)
            found = _totals(flow.prune(engine, limits))
            if not as_json:
                typer.echo(f"deleted {sum(i.rows for i in found)} rows, {decimal(sum(i.bytes for i in found))}")
    if as_json:
        emit({"deleted": not dry_run, "items": [asdict(item) for item in found]})


def _totals(steps: Iterable[Item]) -> list[Item]:
    """Steps of one kind as one item."""
    found: dict[tuple[str, str | None], Item] = {}
    for s in steps:
        so_far = found.get((s.what, s.month), Item(s.what, s.month, 0, 0))
        found[s.what, s.month] = Item(s.what, s.month, so_far.rows + s.rows, so_far.bytes + s.bytes)
    return [*found.values()]


def _show(found: list[Item]) -> None:
    if not found:
        typer.echo("nothing is older than it is to be kept")
        return
    table: Any = Table(box=None, pad_edge=False)
    for title in ("what", "month", "rows", "size"):
        table.add_column(title, justify="right" if title in {"rows", "size"} else "left")
    for item in found:
        table.add_row(TITLES[item.what], item.month or "", f"{item.rows:,}", decimal(item.bytes))
    CONSOLE.print(table)
