"""Findings: what the arena noticed to be wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection, select

from arena.core.ids import new_id
from arena.store.database import copy
from arena.store.tables import Finding


@dataclass(frozen=True, slots=True)
class Noticed:
    """One thing noticed. `kind` is a stable dotted code."""

    kind: str
    match_id: UUID | None
    host: str | None
    detail: dict[str, Any]


def add(connection: Connection, found: Iterable[Noticed]) -> None:
    """Append findings."""
    rows = ((new_id(), f.kind, f.match_id, f.host, Jsonb(f.detail)) for f in found)
    copy(connection, Finding, ("id", "kind", "match_id", "host", "detail"), rows)


def of_match(connection: Connection, match_id: UUID) -> list[Any]:
    """The findings about a match, oldest first."""
    return list(connection.execute(select(Finding.__table__).where(Finding.match_id == match_id).order_by(Finding.id)))
