"""What training jobs tell besides their progress: the numbers of their updates, also as they come, and checkpoints."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.climbing import Checkpoint, climbing
from api.context import Context, Reach, Transaction
from api.owned import Train, owned
from api.paging import Pager, oldest_first
from api.problems import responses
from arena.core.errors import BadRequest
from arena.core.jobs import State
from arena.store import jobs, training

router = APIRouter(prefix="/api/v1/jobs/{job_id}", tags=["jobs"])

SSE = "text/event-stream"
LOOK_S = 1.0
"""Between looks for new rows: a job writes about one a second."""
PAGE = 500
PING_S = 15
SEND_S = 10
RETRY_MS = 1000
MOVING = (State.QUEUED, State.RUNNING)

ROW: dict[str, Any] = {
    "id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d", "update": 50, "generation": 1, "at": "2026-01-05T10:00:00Z",
    "numbers": {"loss": -0.012, "entropy": 0.53, "nashconv.last": 0.21},
}  # fmt: skip


class Metrics(BaseModel):
    """The numbers of one update. docs/training.md names them; those of evaluations have a dot in their names."""

    model_config = ConfigDict(json_schema_extra={"example": ROW})

    id: str
    update: int
    generation: int
    at: datetime
    numbers: dict[str, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, after which one, and whether as a stream."""

    pager: Pager[UUID]
    after: UUID | None
    live: bool


def wanted(
    pager: Annotated[Pager[UUID], Depends(oldest_first(1000, 5000))],
    accept: Annotated[str, Header(description=f"`{SSE}` for a stream.")] = "",
    last_event_id: Annotated[str | None, Header(description="As `after`, for a stream.")] = None,
) -> Wanted:
    """What a request for rows asks for. Raises `BadRequest`."""
    live, after = SSE in accept, pager.cursor
    if live and last_event_id:
        try:
            after = UUID(last_event_id)
        except ValueError:
            what = "Last-Event-ID is not the id of a row."
            raise BadRequest(what, todo="Send the id of the last one seen.") from None
    return Wanted(pager, after, live)


@router.get(
    "/metrics", summary="The numbers of a training job", response_model=list[Metrics],
    responses={**responses(401, 403, 404, 422), 200: {"content": {SSE: {}}}},
)  # fmt: skip
def job_metrics(
    reach: Reach, connection: Transaction, caller: Train, job_id: UUID, want: Annotated[Wanted, Depends(wanted)]
) -> Response | list[Metrics]:  # fmt: skip
    """Rows in their order. As a stream, all: one event `metrics` a row, then `end` once the job moves no more."""
    owned(connection, caller, job_id)
    if want.live:
        return EventSourceResponse(_told(reach, job_id, want.after), ping=PING_S, send_timeout=SEND_S, sep="\n")
    rows = training.metrics(connection, job_id, after=want.after, limit=want.pager.more)
    return [_row(row) for row in want.pager.cut(rows, lambda row: row.id)]


@router.get("/checkpoints", summary="The checkpoints of a training job", responses=responses(401, 403, 404, 422))
def job_checkpoints(
    connection: Transaction, caller: Train, job_id: UUID,
    pager: Annotated[Pager[UUID], Depends(oldest_first(500, 5000))],
) -> list[Checkpoint]:  # fmt: skip
    """Oldest first, each with the player it became and where that stands."""
    owned(connection, caller, job_id)
    made = training.checkpoints(connection, job_id, after=pager.cursor, limit=pager.more)
    return climbing(connection, pager.cut(made, lambda one: one.id))


async def _told(reach: Context, job_id: UUID, after: UUID | None) -> AsyncIterator[ServerSentEvent]:
    # At once, so that a client knows that it is connected before anything comes.
    yield ServerSentEvent(comment="the numbers", retry=RETRY_MS)
    while True:
        try:
            async with reach.lookers:
                state, rows = await asyncio.to_thread(_look, reach.engine, job_id, after)
        except SQLAlchemyError:
            return  # the client comes back with the last id it saw
        for row in rows:
            after = row.id
            yield ServerSentEvent(_row(row).model_dump_json(), event="metrics", id=str(row.id))
        if len(rows) < PAGE:
            if state not in MOVING:
                yield ServerSentEvent(json.dumps({"state": state}, separators=(",", ":")), event="end")
                return
            await asyncio.sleep(LOOK_S)


def _look(engine: Engine, job_id: UUID, after: UUID | None) -> tuple[str, list[Any]]:
    """The state first: what is written before a job ends is among the rows."""
    with engine.connect() as connection:
        state: str = jobs.page(connection, ids=[job_id])[0]["state"]
        return state, training.metrics(connection, job_id, after=after, limit=PAGE)


def _row(row: Any) -> Metrics:
    return Metrics(id=str(row.id), update=row.step, generation=row.generation, at=row.at, numbers=row.numbers)
