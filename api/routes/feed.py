"""The live feed as server-sent events. An event's id is its place in the arena's one order of events."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.context import Reach
from api.hub import Hub
from api.problems import responses
from arena.core.errors import BadRequest

router = APIRouter(prefix="/api/v1/feed", tags=["feed"])

PING_S = 15
SEND_S = 10
RETRY_MS = 1000
MAX_DIGITS = 18


@router.get("", summary="What happens, as it happens", responses=responses(422), response_class=EventSourceResponse)
async def feed(
    reach: Reach,
    after: Annotated[int | None, Query(ge=0, lt=10**MAX_DIGITS, description="Begin after this event.")] = None,
    last_event_id: Annotated[str | None, Header(description="As `after`; what a browser sends.")] = None,
) -> EventSourceResponse:
    """Events from now on, or after a number, without gaps. Ends for a client that falls behind: it may resume."""
    if last_event_id:
        if not last_event_id.isdecimal() or len(last_event_id) > MAX_DIGITS:
            raise BadRequest("Last-Event-ID is not the number of an event.", todo="Send the id of the last one seen.")
        after = int(last_event_id)
    return EventSourceResponse(_told(reach.hub, after), ping=PING_S, send_timeout=SEND_S, sep="\n")


async def _told(hub: Hub, after: int | None) -> AsyncIterator[ServerSentEvent]:
    # At once, so that a client knows that it is connected before anything happens.
    yield ServerSentEvent(comment="the feed", retry=RETRY_MS)
    async for event in hub.stream(after):
        data = json.dumps(event.data, separators=(",", ":"))
        yield ServerSentEvent(data, event=event.event, id=str(event.seq))
