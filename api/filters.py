"""Which matches a request wants: the filters of listings and of exports."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from api.context import Transaction
from api.listing import sitting
from api.standings import check_league
from arena.store.matches import Only
from games import catalog


def wanted(
    connection: Transaction,
    game: Annotated[str | None, Query(max_length=200, description="Only of this game.")] = None,
    league: Annotated[str | None, Query(max_length=64, description="Only of this league.")] = None,
    purpose: Annotated[
        Literal["rated", "qualification", "evaluation"] | None, Query(description="Only those played for this.")
    ] = None,
    player: Annotated[str | None, Query(max_length=80, description="Who sits in it: a name, or `name@3`.")] = None,
) -> Only:
    """What a request names. Raises `UnknownGame`, `BadRequest`, `UnknownPlayer`."""
    if game is not None and not catalog.elsewhere(game):
        catalog.load(game)  # there are no other rules of that name; of the others there may be matches
    if league is not None:
        check_league(league)
    seats = None if player is None else sitting(connection, player)
    return Only(game=game, league=league, purpose=purpose, seats=seats)


OnlyThese = Annotated[Only, Depends(wanted)]
