"""The audit log: who changed what, in the transaction of the change. Rows are appended and never change."""

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
    values = {"id": new_id(), "action": action, "subject": subject, "detail": detail or {}}
    connection.execute(insert(Audit).values(**values, owner_id=owner_id, key_id=key_id))


def last(connection: Connection, action: str, subject: str) -> dict[str, Any] | None:
    """The detail of the newest row of that action on that subject."""
    query = select(Audit.detail).where(Audit.action == action, Audit.subject == subject)
    return connection.scalars(query.order_by(Audit.id.desc()).limit(1)).one_or_none()


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
