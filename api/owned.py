"""Whose job is whose: a caller's own, and with the scope `admin` everybody's."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Connection

from api.auth import Caller, needs
from arena.core.errors import UnknownJob
from arena.store import jobs

Train = Annotated[Caller, Depends(needs("train"))]


def owned(connection: Connection, caller: Caller, job_id: UUID) -> dict[str, Any]:
    """A job of the caller's, as `arena.store.jobs.page` gives it.

    Raises:
        UnknownJob: there is none, or it is somebody else's.
    """
    found = jobs.page(connection, ids=[job_id])
    if not found or (found[0]["owner_id"] != caller.owner_id and not caller.is_admin):
        raise UnknownJob(f"You have no job {job_id}.", todo="List yours with GET /api/v1/jobs.")
    return found[0]
