"""The life of a player version: its status, every change of it, and why. Appended; the newest is what holds.

That its secrets were told anew is on record too, under the key `SECRETS` of the detail: no change of the status.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, text, update

from arena.core.ids import new_id
from arena.store.database import any_of
from arena.store.tables import Match, MatchQueue, Player, PlayerVersion, VersionEvent

Status = Literal["validating", "qualifying", "active", "paused", "rejected", "retired"]
VALIDATING, QUALIFYING, ACTIVE, PAUSED = "validating", "qualifying", "active", "paused"
REJECTED, RETIRED = "rejected", "retired"
OVER = (REJECTED, RETIRED)
"""A version in one of these never plays again."""
PLAYS = (ACTIVE, PAUSED)
"""A version in one of these is what the others have made room for."""
SECRETS = "secrets"


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a version's status, or of its secrets."""

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


def note_secrets(connection: Connection, version_id: UUID, reason: str, names: Sequence[str]) -> None:
    """Secrets of these names were told anew, or taken back; the version's status stays."""
    status = select(PlayerVersion.status).where(PlayerVersion.id == version_id).scalar_subquery()
    values = {"id": new_id(), "version_id": version_id, "reason": reason, "detail": {SECRETS: list(names)}}
    connection.execute(insert(VersionEvent).values(**values, status=status))


def held(connection: Connection, version_id: UUID) -> str:
    """The status of a version, whose player is locked: nobody else changes any of its versions meanwhile."""
    query = select(PlayerVersion.status).join(Player, Player.id == PlayerVersion.player_id)
    return connection.scalars(query.where(PlayerVersion.id == version_id).with_for_update(of=Player)).one()


HELD = text(
    """
    SELECT EXISTS (
        SELECT FROM player_version v JOIN player p ON p.id = v.player_id
        CROSS JOIN LATERAL (
            SELECT e.detail FROM version_event e WHERE e.version_id = v.id AND NOT e.detail ? 'secrets'
            ORDER BY e.id DESC LIMIT 1
        ) newest
        WHERE p.name = :player AND newest.detail ? 'held'
    )
    """
)


def is_held(connection: Connection, player: str) -> bool:
    """Whether a moderator has taken a version of the player out of play, and no moderator has brought it back."""
    return bool(connection.scalars(HELD, {"player": player}).one())


AGAIN = (
    select(func.max(VersionEvent.at))
    .where(VersionEvent.version_id == PlayerVersion.id, ~VersionEvent.detail.has_key(SECRETS))
    .scalar_subquery()
)
SINCE = func.coalesce(AGAIN, PlayerVersion.created_at).label("since")
"""When a version that has yet to qualify was submitted: a rejected or retired one that was submitted again, when that
was."""


def since(connection: Connection, version_id: UUID) -> datetime:
    """Since when a version has the status it has."""
    return connection.scalars(select(SINCE).where(PlayerVersion.id == version_id)).one()


def coming(connection: Connection) -> list[Any]:
    """(id, kind, status, since) of every version that has yet to qualify, oldest first."""
    columns = PlayerVersion.id, PlayerVersion.kind, PlayerVersion.status, SINCE
    query = select(*columns).where(PlayerVersion.status.in_((VALIDATING, QUALIFYING))).order_by(PlayerVersion.id)
    return list(connection.execute(query))


def of_owner(connection: Connection, owner_id: UUID, but: str) -> tuple[int, int]:
    """How many players an owner has that are not over, and how many have yet to qualify; without one of them."""
    query = select(Player.name, PlayerVersion.status).join(PlayerVersion, PlayerVersion.player_id == Player.id)
    rows = connection.execute(query.where(Player.owner_id == owner_id, Player.name != but)).all()
    alive = {row.name for row in rows if row.status not in OVER}
    return len(alive), len({row.name for row in rows if row.status in (VALIDATING, QUALIFYING)})


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


MADE = text(
    """
    SELECT m.id, m.game, m.seats, r.stops, q.status AS queue
    FROM match_seat s JOIN match m ON m.id = s.match_id
    LEFT JOIN result r ON r.match_id = m.id LEFT JOIN match_queue q ON q.match_id = m.id
    WHERE s.version_id = :version_id AND m.purpose = 'qualification' AND s.match_id > (
        SELECT e.id FROM version_event e
        WHERE e.version_id = :version_id AND e.status = 'qualifying' AND NOT e.detail ? 'secrets'
        ORDER BY e.id DESC LIMIT 1
    )
    ORDER BY m.id
    """
)


def qualification(connection: Connection, version_id: UUID) -> list[Any]:
    """The matches made for it since it began to qualify: (id, game, seats, stops, queue).

    `stops` are null until a match is settled, `queue` is null once it is.
    """
    return list(connection.execute(MADE, {"version_id": version_id}))


def seated(connection: Connection) -> dict[UUID, int]:
    """How many matches wait or are played now for each version that has any."""
    seats = func.unnest(Match.seats).label("version_id")
    query = select(seats).join(MatchQueue, MatchQueue.match_id == Match.id).where(MatchQueue.status != "dead")
    each = query.subquery()
    counts = select(each.c.version_id, func.count()).group_by(each.c.version_id)
    return {row[0]: row[1] for row in connection.execute(counts)}
