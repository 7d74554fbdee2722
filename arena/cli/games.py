"""List the games that can be played. Needs no server."""

from typing import Any

import typer
from rich.table import Table

from arena.cli.shared.screen import CONSOLE, AsJson, emit
from games import catalog
from games.rules import Facts

app = typer.Typer(add_completion=False)


@app.command()
def games(as_json: AsJson = False) -> None:
    """List the games that can be played. Needs no server."""
    known = [catalog.load(name).facts for name in catalog.names()]
    if as_json:
        emit([_plain(facts) for facts in known])
        return
    table = Table(box=None, pad_edge=False)
    for title in ("game", "title", "variants", "information", "a rated match", "solved by"):
        table.add_column(title)
    for facts in known:
        hidden = "hidden" if facts.hidden else "open"
        table.add_row(facts.name, facts.title, ", ".join(facts.variants), hidden, _rated(facts), facts.oracle or "")
    CONSOLE.print(table)
    CONSOLE.print(f"\nAny OpenSpiel game can be played too, unrated: {catalog.PREFIX}NAME(parameters)")


def _rated(facts: Facts) -> str:
    if not facts.laddered:
        return ""
    if facts.rated.rounds > 1:
        return f"{facts.rated.rounds} {facts.round_is}s"
    return f"after {facts.rated.opening_plies} random plies" if facts.rated.opening_plies else "one game"


def _plain(facts: Facts) -> dict[str, Any]:
    plain = ("name", "title", "family", "chance", "hidden", "payoff", "oracle", "how_to_play", "pairing")
    return {
        **{name: getattr(facts, name) for name in plain},
        "views": list(facts.views),
        "rounds": facts.rated.rounds,
        "opening_plies": facts.rated.opening_plies,
        "variants": {name: {"seats": v.seats, "max_plies": v.max_plies} for name, v in facts.variants.items()},
    }
