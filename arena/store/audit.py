"""The audit log: who changed what, in the transaction of the change. Rows are appended and never change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from arena.core.ids import new_id
from arena.store.tables import Audit, Owner


def note(
    connection: Connection, action: str, subject: str, detail: dict[str, Any] | None = None, *,
    owner_id: UUID | None = None, key_id: UUID | None = None,
) -> None:  # fmt: skip
    """Append a row. `action` is a stable word such as `key.made`; `subject` what it was done to."""
    note_all(connection, action, {subject: detail or {}}, owner_id=owner_id, key_id=key_id)


def note_all(
    connection: Connection, action: str, details: Mapping[str, dict[str, Any]], *,
    owner_id: UUID | None = None, key_id: UUID | None = None,
) -> None:  # fmt: skip
    """Append a row for every subject, with its detail, in one statement's time."""
    by = {"action": action, "owner_id": owner_id, "key_id": key_id}
    rows = [{"id": new_id(), "subject": subject, "detail": detail, **by} for subject, detail in details.items()]
    if rows:
        connection.execute(insert(Audit), rows)


def page(connection: Connection, before: UUID | None, limit: int) -> list[dict[str, Any]]:
    """Rows, newest first, before an id."""
    query = (
        select(Audit.id, Audit.at, Owner.name.label("owner"), Audit.key_id, Audit.action, Audit.subject, Audit.detail)
        .outerjoin(Owner, Owner.id == Audit.owner_id)
        .order_by(Audit.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Audit.id < before)
    return [dict(row) for row in connection.execute(query).mappings()]
