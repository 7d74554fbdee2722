"""The life of a player version: its status, every change of it, and why. Appended; the newest is what holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from arena.core.ids import new_id
from arena.store.database import any_of
from arena.store.tables import Match, MatchQueue, Player, PlayerVersion, Result, VersionEvent

VALIDATING, QUALIFYING, ACTIVE, PAUSED = "validating", "qualifying", "active", "paused"
REJECTED, RETIRED = "rejected", "retired"
OVER = (REJECTED, RETIRED)
"""A version in one of these never plays again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a version's status."""

    version_id: UUID
    at: datetime
    status: str
    reason: str
    detail: dict[str, Any]


def become(
    connection: Connection, version_id: UUID, status: str, reason: str = "", detail: dict[str, Any] | None = None
) -> None:
    """The version has this status from now on, and it is on record why."""
    connection.execute(update(PlayerVersion).where(PlayerVersion.id == version_id).values(status=status))
    values = {"id": new_id(), "version_id": version_id, "status": status, "reason": reason, "detail": detail or {}}
    connection.execute(insert(VersionEvent).values(**values))


def held(connection: Connection, version_id: UUID) -> str:
    """The status of a version, whose player is locked: nobody else changes any of its versions meanwhile."""
    query = select(PlayerVersion.status).join(Player, Player.id == PlayerVersion.player_id)
    return connection.scalars(query.where(PlayerVersion.id == version_id).with_for_update(of=Player)).one()


def in_status(connection: Connection, *statuses: str) -> list[UUID]:
    """The versions that have one of these, oldest first."""
    query = select(PlayerVersion.id).where(PlayerVersion.status.in_(statuses)).order_by(PlayerVersion.id)
    return list(connection.scalars(query))


def siblings(connection: Connection, version_id: UUID) -> dict[UUID, str]:
    """The statuses of the other versions of the same player."""
    player = select(PlayerVersion.player_id).where(PlayerVersion.id == version_id).scalar_subquery()
    query = select(PlayerVersion.id, PlayerVersion.status).where(PlayerVersion.player_id == player)
    return {row.id: row.status for row in connection.execute(query) if row.id != version_id}


def history(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, list[Event]]:
    """Every change of these versions, oldest first. None is on record for those that were active from the start."""
    query = select(VersionEvent).where(VersionEvent.version_id == any_of(ids)).order_by(VersionEvent.id)
    found: dict[UUID, list[Event]] = {i: [] for i in ids}
    for row in connection.execute(query.with_only_columns(*VersionEvent.__table__.columns)):
        found[row.version_id].append(Event(row.version_id, row.at, row.status, row.reason, row.detail))
    return found


def fates(connection: Connection, ids: Sequence[UUID]) -> list[Any]:
    """Of these matches (id, game, seats, stops, queue): stops are null until it is settled, queue null once it is."""
    query = (
        select(Match.id, Match.game, Match.seats, Result.stops, Result.plies, MatchQueue.status.label("queue"))
        .outerjoin(Result, Result.match_id == Match.id)
        .outerjoin(MatchQueue, MatchQueue.match_id == Match.id)
        .where(Match.id == any_of(ids))
        .order_by(Match.id)
    )
    return list(connection.execute(query))


def seated(connection: Connection) -> dict[UUID, int]:
    """How many matches wait or are played now for each version that has any."""
    seats = func.unnest(Match.seats).label("version_id")
    query = select(seats).join(MatchQueue, MatchQueue.match_id == Match.id).where(MatchQueue.status != "dead")
    each = query.subquery()
    counts = select(each.c.version_id, func.count()).group_by(each.c.version_id)
    return {row[0]: row[1] for row in connection.execute(counts)}
