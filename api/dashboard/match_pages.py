"""The page of a match: what it is while it waits or is played, and all of it once it is not sealed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.context import Reach, Transaction
from api.dashboard.match import shown
from api.dashboard.pages import FRESH
from api.dashboard.templates import TEMPLATES

router = APIRouter(include_in_schema=False)

View = Annotated[str | None, Query(max_length=40)]


@router.get("/matches/{match_id}")
def match_page(request: Request, connection: Transaction, reach: Reach, match_id: UUID, view: View = None) -> Response:
    """One match, ply by ply."""
    told = {"shown": shown(connection, reach.hub, match_id, view)}
    return TEMPLATES.TemplateResponse(request, "match.html", told, headers=FRESH)


@router.get("/fragments/matches/{match_id}")
def match_fragment(connection: Transaction, reach: Reach, match_id: UUID, view: View = None) -> Response:
    """The part of that page that moves."""
    found = shown(connection, reach.hub, match_id, view)
    return HTMLResponse(TEMPLATES.get_template("_match.html").render(shown=found), headers=FRESH)
