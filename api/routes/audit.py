"""The audit log: who changed what."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from api.auth import Admin
from api.context import Transaction
from api.paging import Pager, newest_first
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
def read_log(connection: Transaction, _: Admin, pager: Annotated[Pager[UUID], Depends(newest_first(100, 1000))]) -> Log:
    """Newest first."""
    read = audit.page(connection, pager.cursor, pager.more)
    found = pager.cut(read, lambda row: row["id"])
    entries = [
        Entry(**{**row, "id": str(row["id"]), "key_id": str(row["key_id"]) if row["key_id"] else None}) for row in found
    ]
    return Log(entries=entries, next=entries[-1].id if len(read) > len(found) else None)
