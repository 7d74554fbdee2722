"""The pages people see first: the live ladder, the arena's health. All of it can be had from the API too."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.context import Reach, Transaction
from api.dashboard.ladder import shown, tabs
from api.dashboard.templates import TEMPLATES
from api.standings import check_ladder
from arena.flow.submit import LEAGUES
from games import catalog

router = APIRouter(include_in_schema=False)

FRESH = {"Cache-Control": "no-store"}

Game = Annotated[str | None, Query(max_length=100)]
League = Annotated[str, Query(max_length=64)]


@router.get("/")
def ladder_page(
    request: Request, connection: Transaction, reach: Reach, game: Game = None, league: League = LEAGUES[0]
) -> Response:
    """The live ladder of a game."""
    ladder = shown(connection, reach.hub, game or catalog.laddered()[0], league)
    return TEMPLATES.TemplateResponse(request, "ladder.html", {"ladder": ladder, "tabs": tabs()}, headers=FRESH)


@router.get("/fragments/ladder")
def ladder_fragment(
    reach: Reach, game: Annotated[str, Query(max_length=100)], league: League = LEAGUES[0], seq: int = 0
) -> Response:
    """The part of the page that moves, as it is after event `seq` at least."""
    name = check_ladder(game, league)

    def make() -> tuple[str, int]:
        with reach.engine.begin() as connection:
            ladder = shown(connection, reach.hub, game, league)
        return TEMPLATES.get_template("_ladder.html").render(ladder=ladder), ladder.seq

    return HTMLResponse(reach.kept.get(name, min(seq, reach.hub.at), make), headers=FRESH)


@router.get("/health")
async def health_page(request: Request, reach: Reach) -> Response:
    """The state of every part, for a person."""
    told = {"checkup": await reach.examiner.look()}
    return TEMPLATES.TemplateResponse(request, "health.html", told, headers=FRESH)


@router.get("/fragments/health")
async def health_fragment(reach: Reach) -> Response:
    """The part of that page that moves."""
    told = TEMPLATES.get_template("_health.html").render(checkup=await reach.examiner.look())
    return HTMLResponse(told, headers=FRESH)
