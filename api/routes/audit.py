"""The audit log: who changed what."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.auth import Admin
from api.context import Transaction
from api.problems import responses
from arena.store import audit

router = APIRouter(prefix="/api/v1/audit", tags=["keys"])


class Entry(BaseModel):
    """One change. `owner` is null for what the arena itself did."""

    id: str
    at: datetime
    owner: str | None
    key_id: str | None
    action: str
    subject: str
    detail: dict[str, Any]


class Log(BaseModel):
    """A page of the log; `next` is the `before` of the page after it."""

    entries: list[Entry]
    next: str | None


@router.get("", summary="Read the audit log", responses=responses(401, 403, 422))
def read_log(
    connection: Transaction, _: Admin, before: UUID | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> Log:
    """Newest first."""
    found = audit.page(connection, before, limit)
    entries = [
        Entry(**{**row, "id": str(row["id"]), "key_id": str(row["key_id"]) if row["key_id"] else None}) for row in found
    ]
    return Log(entries=entries, next=entries[-1].id if len(entries) == limit else None)
