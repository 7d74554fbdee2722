"""Show a ladder, or all of them."""

from math import log
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import CONSOLE, AsJson, emit
from arena.core.errors import BadRequest

app = typer.Typer(add_completion=False)


@app.command()
def ladder(
    game: Annotated[str | None, typer.Argument(help="Which game; all of them without.")] = None,
    league: Annotated[str, typer.Option(help="Which league.")] = "open",
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Show a ladder, or all of them."""
    with arena_at(url) as arena:
        names = [game] if game else [x["game"] for x in arena.leaderboards() if x["league"] == league]
        if not names:
            raise BadRequest(f"There is no ladder in a league {league!r}.", todo="Try --league open.")
        boards = [arena.leaderboard(name, league) for name in names]
    if as_json:
        emit(boards[0] if game else boards)
        return
    for board in boards:
        CONSOLE.print(Text(f"{board['title']} ({board['game']}, {board['league']})", style="bold"))
        CONSOLE.print(_table(board["rows"]) if board["rows"] else "  no match settled yet")
        CONSOLE.print()


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("player")
    table.add_column("kind")
    table.add_column("status")
    for title in ("Elo", "±", "W", "D", "L", "score", "95 % interval"):
        table.add_column(title, justify="right")
    for row in rows:
        spread = f"{elo_spread(row['low'], row['high']):.0f}"
        elo = f"{row['elo']:.0f}{'?' if row['provisional'] else ''}"
        record = (str(row[k]) for k in ("wins", "draws", "losses"))
        between = f"{100 * row['low']:.0f}–{100 * row['high']:.0f} %"
        score = f"{100 * row['score']:.0f} %"
        table.add_row(
            str(row["rank"]), Text(row["player"]), row["kind"], row["status"], elo, spread, *record, score, between
        )
    return table


def elo_spread(low: float, high: float) -> float:
    """Half the 95 % interval of a score in Elo points, by the slope of the logistic curve at the interval's middle."""
    middle = (low + high) / 2
    return 400 / log(10) / (middle * (1 - middle)) * (high - low) / 2
