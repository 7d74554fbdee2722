"""Jobs: launch one, see how far it is, pause, resume and cancel it. Needs a key with the scope `train`."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.auth import Caller
from api.context import Transaction
from api.owned import Train, owned
from api.paging import Pager, newest_first
from api.problems import responses
from arena.core.jobs import State
from arena.flow import launch, wishes
from arena.store import jobs

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

EXAMPLE: dict[str, Any] = {
    "name": "thousand-hands", "kind": "selfplay",
    "spec": {"game": "kuhn_poker", "seats": [{"kind": "cfr"}, {"kind": "random"}], "matches": 10},
}  # fmt: skip


class NewJob(BaseModel):
    """What is to be done. docs/jobs.md has each kind's spec."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    kind: Annotated[str, Field(max_length=64)]
    spec: dict[str, Any]


class JobInfo(BaseModel):
    """A job. `wish` is what it was asked for and has not done yet; `progress` is null until a run tells some.

    `reason` is what last went wrong, `retry_at` when a job that waits because of it is tried again.
    """

    id: str
    name: str
    kind: str
    owner: str
    spec: dict[str, Any]
    state: State
    wish: str | None
    generation: int
    attempts: int
    progress: dict[str, Any] | None
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    retry_at: datetime | None


@router.get("", summary="List jobs", responses=responses(401, 403, 422))
def list_jobs(
    connection: Transaction, caller: Train, pager: Annotated[Pager[UUID], Depends(newest_first(50, 200))], *,
    state: Annotated[State | None, Query(description="Those in this state.")] = None,
) -> list[JobInfo]:  # fmt: skip
    """The caller's jobs, newest first; with the scope `admin`, everybody's."""
    owner = None if caller.is_admin else caller.owner_id
    found = jobs.page(connection, owner=owner, state=state, before=pager.cursor, limit=pager.more)
    return [_info(job) for job in pager.cut(found, lambda job: job["id"])]


@router.post("", summary="Launch a job", status_code=201, responses=responses(401, 403, 409, 422))
def launch_job(connection: Transaction, caller: Train, new: NewJob, response: Response) -> JobInfo:
    """Queue a job. A runner claims it."""
    job_id = launch.launch(connection, caller.owner_id, new.name, new.kind, new.spec)
    response.headers["Location"] = f"{router.prefix}/{job_id}"
    return _one(connection, caller, job_id)


@router.get("/{job_id}", summary="One job", responses=responses(401, 403, 404))
def one_job(connection: Transaction, caller: Train, job_id: UUID) -> JobInfo:
    """A job and how far it is."""
    return _one(connection, caller, job_id)


@router.delete("/{job_id}", summary="Cancel a job", status_code=202, responses=responses(401, 403, 404, 409))
def cancel_job(connection: Transaction, caller: Train, job_id: UUID) -> JobInfo:
    """End it for good. What it has stored stays."""
    _one(connection, caller, job_id)
    wishes.cancel(connection, job_id)
    return _one(connection, caller, job_id)


@router.post("/{job_id}/pause", summary="Pause a job", status_code=202, responses=responses(401, 403, 404, 409))
def pause_job(connection: Transaction, caller: Train, job_id: UUID) -> JobInfo:
    """Have it save itself and end, so that it can go on later."""
    _one(connection, caller, job_id)
    wishes.pause(connection, job_id)
    return _one(connection, caller, job_id)


@router.post("/{job_id}/resume", summary="Resume a job", status_code=202, responses=responses(401, 403, 404, 409))
def resume_job(connection: Transaction, caller: Train, job_id: UUID) -> JobInfo:
    """Let a paused or failed job go on where it had got to."""
    _one(connection, caller, job_id)
    wishes.resume(connection, job_id)
    return _one(connection, caller, job_id)


def _one(connection: Connection, caller: Caller, job_id: UUID) -> JobInfo:
    return _info(owned(connection, caller, job_id))


def _info(job: dict[str, Any]) -> JobInfo:
    return JobInfo(**{**{name: job[name] for name in JobInfo.model_fields}, "id": str(job["id"])})
