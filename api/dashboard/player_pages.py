"""The page of a player: for anybody, whoever's player it is."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api import roster
from api.context import Reach, Transaction
from api.dashboard.pages import FRESH
from api.dashboard.player import shown
from api.dashboard.templates import TEMPLATES

router = APIRouter(include_in_schema=False)


@router.get("/players/{name}")
def player_page(request: Request, connection: Transaction, reach: Reach, name: str) -> Response:
    """One player."""
    told = {"shown": shown(connection, reach, name)}
    return TEMPLATES.TemplateResponse(request, "player.html", told, headers=FRESH)


@router.get("/fragments/players/{name}")
def player_fragment(reach: Reach, name: str, seq: int = 0) -> Response:
    """The part of that page that moves, as it is after event `seq` at least."""
    with reach.engine.connect() as connection:
        roster.check(connection, name)

    def make() -> tuple[str, int]:
        with reach.engine.begin() as connection:
            found = shown(connection, reach, name)
        return TEMPLATES.get_template("_player.html").render(shown=found), found.seq

    return HTMLResponse(reach.kept.get(f"/players/{name}", min(seq, reach.hub.at), make), headers=FRESH)
