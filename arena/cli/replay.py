"""Replay a settled match ply by ply, from the arena's record of it."""

from typing import Annotated, Any
from uuid import UUID

import typer

from arena.cli.shared.remote import Url, arena_at
from arena.cli.shared.screen import AsJson, Film, emit
from arena.client import Client, ClientError
from arena.core.errors import TranscriptPruned

app = typer.Typer(add_completion=False)


@app.command()
def replay(
    match_id: Annotated[UUID, typer.Argument(help="The match's id.")],
    view: Annotated[str, typer.Option(help="The view to draw.")] = "prose",
    delay: Annotated[float, typer.Option(min=0, max=60, help="Seconds between plies, on a terminal.")] = 0.5,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Replay a settled match ply by ply, from the arena's record of it."""
    with arena_at(url) as arena:
        match = _match(arena, str(match_id), view)
    if as_json:
        emit(match)
        return
    with Film(delay) as film:
        if match["transcript"]:
            _draw(film, match)
        film.line(_ending(match))


def _match(arena: Client, match_id: str, view: str) -> dict[str, Any]:
    """The match with positions, or without them when its moves are no longer kept."""
    try:
        return arena.match(match_id, view)
    except ClientError as error:
        if error.code != TranscriptPruned.code:
            raise
        return arena.match(match_id)


def _draw(film: Film, match: dict[str, Any]) -> None:
    plies = match["transcript"]["plies"]
    if match["opening_plies"]:
        film.line(f"The match opens with {match['opening_plies']} random plies.")
    for ply in plies:
        who = match["seats"][ply["seat"]]["player"]
        rejected = "".join(f", rejected {r['reply']!r}" for r in ply["rejected"])
        title = f"ply {ply['number']} of {len(plies)}: here {who} plays {ply['action']} ({ply['ms']:.1f} ms{rejected})"
        film.frame(title, ply["position"] or "")
    film.frame("the end", match["transcript"]["final"] or "")


def _ending(match: dict[str, Any]) -> str:
    if match["settled_at"] is None:
        return f"{match['game']}: this match is {match['status']}."
    seats = ", ".join(f"{s['player']} {s['score']:+g} ({s['stop']})" for s in match["seats"])
    causes = "".join(f" {s['player']} forfeited: {s['why']}" for s in match["seats"] if s["why"])
    sealed = " Its plies are sealed until its pair is settled." if match["sealed"] else ""
    pruned = " Its moves are no longer kept." if match["transcript_pruned"] else ""
    return f"{match['game']}: {seats}.{causes} Game hash {match['game_hash']}.{sealed}{pruned}"
