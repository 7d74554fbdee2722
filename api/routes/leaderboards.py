"""Ladders: live Elo and the honest uncertainty of what it is made of."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.context import Transaction
from api.problems import responses
from api.standings import Row, check_ladder, rows
from api.tags import Fresh
from arena.flow.submit import LEAGUES
from arena.store import ladders
from games import catalog

router = APIRouter(prefix="/api/v1/leaderboards", tags=["leaderboards"])


class LadderInfo(BaseModel):
    """One ladder there is. A match of two counts once."""

    game: str
    league: str
    title: str
    players: int
    matches: int


class Leaderboard(BaseModel):
    """A ladder, best first."""

    game: str
    league: str
    title: str
    rows: list[Row]


@router.get("", summary="List the ladders")
def list_ladders(connection: Transaction) -> list[LadderInfo]:
    """The open ladder of every game, and every other that somebody stands on."""
    names = [(game, league) for game in catalog.laddered() for league in LEAGUES]
    sizes: dict[str, int] = {}
    for standing in ladders.standings_of(connection, [f"{g}/{lg}" for g, lg in names]):
        sizes[standing.ladder] = sizes.get(standing.ladder, 0) + 1
    played = ladders.last_seq(connection, sizes)
    return [
        LadderInfo(
            game=game, league=league, title=catalog.load(game).facts.title,
            players=sizes.get(f"{game}/{league}", 0), matches=played.get(f"{game}/{league}", 0),
        )
        for game, league in names
        if league == LEAGUES[0] or f"{game}/{league}" in sizes
    ]  # fmt: skip


@router.get("/{game}", summary="One ladder", responses=responses(404, 422))
def leaderboard(
    connection: Transaction, fresh: Fresh, game: str,
    league: Annotated[str, Query(description="Which league.")] = "open",
) -> Leaderboard:  # fmt: skip
    """Everyone who has a settled match on it."""
    ladder = check_ladder(game, league)
    fresh.check(ladder, ladders.digest(connection, ladder))
    title = catalog.load(game).facts.title
    return Leaderboard(game=game, league=league, title=title, rows=rows(connection, ladder))
