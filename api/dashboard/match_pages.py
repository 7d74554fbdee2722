"""The page of a match: what it is while it waits or is played, and all of it once it is not sealed."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.context import Reach, Transaction
from api.dashboard.match import shown
from api.dashboard.pages import FRESH
from api.dashboard.templates import TEMPLATES
from api.details import unknown
from arena.core.brief import brief

router = APIRouter(include_in_schema=False)

View = Annotated[str | None, Query(max_length=40)]
SHOWN = 80
"""Characters of what is no id."""


def named(match_id: str) -> UUID:
    """The id in an address. To a person one that cannot be is as unknown as any other. Raises `UnknownMatch`."""
    try:
        return UUID(match_id)
    except ValueError:
        raise unknown(brief(match_id, SHOWN)) from None


Named = Annotated[UUID, Depends(named)]


@router.get("/matches/{match_id}")
def match_page(request: Request, connection: Transaction, reach: Reach, match_id: Named, view: View = None) -> Response:
    """One match, ply by ply."""
    told = {"shown": shown(connection, reach.hub, match_id, view)}
    return TEMPLATES.TemplateResponse(request, "match.html", told, headers=FRESH)


@router.get("/fragments/matches/{match_id}")
def match_fragment(connection: Transaction, reach: Reach, match_id: Named, view: View = None) -> Response:
    """The part of that page that moves."""
    found = shown(connection, reach.hub, match_id, view)
    return HTMLResponse(TEMPLATES.get_template("_match.html").render(shown=found), headers=FRESH)
