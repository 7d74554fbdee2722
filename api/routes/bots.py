"""Bots: players that connect outwards, over a WebSocket or by long polls. docs/bots.md has the messages."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Query, Response, WebSocket
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError

from api import problems
from api.auth import Bearer
from api.bots.converse import converse
from api.bots.poll import MAX_WAIT_S, Polled, give, poll
from api.context import Context, Reach
from api.problems import responses
from api.wanted import check_parameters
from arena.core import bots
from arena.core.errors import ArenaError, BadMessage

router = APIRouter(prefix="/api/v1/bots", tags=["bots"])

EXAMPLE = {"answers": [{"turn": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d:1:0:4:1", "action": "4"}]}
POLLED = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Polled"}}}}


class Answers(BaseModel):
    """Answers to turns, each as the message `answer` of docs/bots.md; `type` may be left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    answers: Annotated[list[dict[str, object]], Field(min_length=1, max_length=100)]


@router.websocket("/{player}/connect")
async def connect(websocket: WebSocket, player: str) -> None:
    """Connect a bot; with the scope `submit`, and only as a player of one's own."""
    reach: Context = websocket.app.state.context
    scheme, _, key = websocket.headers.get("authorization", "").partition(" ")
    try:
        check_parameters(websocket)
        who = await reach.gateway.door.admit(player, key if scheme.lower() == "bearer" else None)
    except ArenaError as error:
        await websocket.send_denial_response(problems.refusal(problems.asked(websocket.scope), error))
    except SQLAlchemyError:
        await websocket.send_denial_response(problems.late(problems.asked(websocket.scope)))
    else:
        await converse(websocket, reach.gateway, who)


@router.get(
    "/{player}/turns", summary="What waits for a bot", responses={**responses(401, 403, 404, 409, 422), 200: POLLED}
)
async def turns(
    reach: Reach,
    player: str,
    bearer: Bearer,
    after: Annotated[str, Query(max_length=80, description="`next` of the poll before; without it, begin.")] = "",
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S, description="Seconds to wait for something.")] = MAX_WAIT_S,
) -> Response:
    """For where WebSockets do not come through: the messages that a WebSocket would bring, several at a time.

    A bot that has not polled for 25 seconds counts as disconnected.
    """
    who = await reach.gateway.door.admit(player, bearer.credentials if bearer else None)
    messages, cursor = await poll(reach.gateway, who, after, wait)
    # The messages are JSON as they are.
    return Response(f'{{"messages":[{",".join(messages)}],"next":"{cursor}"}}', media_type="application/json")


@router.post("/{player}/answers", summary="Answer turns", responses=responses(401, 403, 404, 409, 422))
async def answers(reach: Reach, player: str, bearer: Bearer, given: Annotated[Answers, Body()]) -> Polled:
    """Pass on the answers of a bot that polls. `messages` has an `error` for each that does not count."""
    who = await reach.gateway.door.admit(player, bearer.credentials if bearer else None)
    try:
        read = msgspec.convert([{**one, "type": "answer"} for one in given.answers], list[bots.Answer])
        msgspec.json.encode(read)  # JSON may hold half a surrogate pair, which no encoding takes
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise BadMessage(f"An answer cannot be read: {error}.", todo="See docs/bots.md for what one holds.") from None
    told = await give(reach.gateway, who, read)
    return Polled(messages=[msgspec.json.decode(text) for text in told], next="")
