"""Export settled matches: as JSON lines, or games of chess as PGN. Needs no key."""

from typing import Annotated

import typer

from arena.cli.shared.remote import Url, arena_at

app = typer.Typer(add_completion=False, no_args_is_help=True)
League = Annotated[str | None, typer.Option(help="Only of this league.")]
Purpose = Annotated[str | None, typer.Option(help="Only these: rated, qualification or evaluation.")]
Player = Annotated[str | None, typer.Option(help="Only where this player sat: a name, or name@3.")]
Since = Annotated[str | None, typer.Option(help="Settled then or later, such as 2026-01-05T10:00:00Z.")]
Until = Annotated[str | None, typer.Option(help="Settled before.")]


@app.callback()
def export() -> None:
    """Settled matches, oldest first, on standard output. What is sealed is left out."""


@app.command()
def matches(
    game: Annotated[str | None, typer.Option(help="Only of this game.")] = None, *, league: League = None,
    player: Player = None, purpose: Purpose = None, since: Since = None, until: Until = None, url: Url = None,
) -> None:  # fmt: skip
    """One match a line, as JSON: seats, scores, stops, seed and actions."""
    with arena_at(url) as arena:
        wanted = {"game": game, "league": league, "player": player, "purpose": purpose, "since": since, "until": until}
        for line in arena.export("matches.jsonl", **wanted):
            typer.echo(line)


@app.command()
def games(
    game: Annotated[str, typer.Option(help="Of which game.")] = "chess", *, league: League = None,
    player: Player = None, purpose: Purpose = None, since: Since = None, until: Until = None, url: Url = None,
) -> None:  # fmt: skip
    """Games as PGN."""
    with arena_at(url) as arena:
        wanted = {"game": game, "league": league, "player": player, "purpose": purpose, "since": since, "until": until}
        for line in arena.export("games.pgn", **wanted):
            typer.echo(line)
