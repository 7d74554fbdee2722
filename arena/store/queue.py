"""The queue of matches: leases with a fence. A lease that ends without a result puts its match back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text, update

from arena.store.database import any_of
from arena.store.tables import Match, MatchQueue, Player, PlayerVersion

LEASE = text(
    """
    WITH picked AS (
        SELECT match_id FROM match_queue
        WHERE (status = 'queued' OR (status = 'leased' AND lease_until < now() AND :take_over)) AND attempts < :attempts
        ORDER BY priority, match_id LIMIT :n FOR UPDATE SKIP LOCKED
    )
    UPDATE match_queue q
    SET status = 'leased', fence = q.fence + 1, attempts = q.attempts + 1, host = :host,
        lease_until = now() + make_interval(secs => :lease_s)
    FROM picked, match m
    WHERE q.match_id = picked.match_id AND m.id = q.match_id
    RETURNING m.id, q.fence, m.game, m.variant, m.rounds, m.opening_plies, m.view, m.seed, m.seats,
        m.ply_clock_ms, m.match_clock_ms, m.illegal_budget
    """
)


@dataclass(frozen=True, slots=True)
class Leased:
    """A match under lease."""

    id: UUID
    fence: int
    game: str
    variant: str
    rounds: int
    opening_plies: int
    view: str
    seed: int
    seats: list[UUID]
    ply_clock_ms: int
    match_clock_ms: int
    illegal_budget: int


def lease(
    connection: Connection, host: str, n: int, *, lease_s: float, attempts: int, take_over: bool = True
) -> list[Leased]:
    """Take up to `n` matches for `host`: queued ones, and those whose lease ran out. Each gets a higher fence.

    Without `take_over` only queued ones: whose heartbeats the database could not hear may yet prolong their leases.
    """
    found = {"n": n, "host": host, "lease_s": lease_s, "attempts": attempts, "take_over": take_over}
    rows = connection.execute(LEASE, found)
    return [Leased(*row) for row in rows]


HELD = """
    WITH held AS (
        SELECT q.match_id FROM match_queue q
        JOIN unnest(CAST(:ids AS uuid[]), CAST(:fences AS int[])) AS h(id, fence)
        ON q.match_id = h.id AND q.fence = h.fence
        WHERE q.status = 'leased' ORDER BY q.match_id FOR UPDATE OF q
    )
    UPDATE match_queue q SET {change} FROM held WHERE q.match_id = held.match_id RETURNING q.match_id
"""


def extend(connection: Connection, held: Sequence[tuple[UUID, int]], *, lease_s: float) -> set[UUID]:
    """A heartbeat: prolong the leases still held under these fences. Gives whose they were."""
    return _change(connection, held, "lease_until = now() + make_interval(secs => :lease_s)", lease_s=lease_s)


def release(connection: Connection, held: Sequence[tuple[UUID, int]], *, unplayed: bool = False) -> set[UUID]:
    """Give leases back at once: their host is gone. The next lease has a higher fence, so a late result is refused.

    `unplayed` says that it was no fault of the match, so that it costs it no attempt.
    """
    spared = ", attempts = attempts - 1" if unplayed else ""
    return _change(connection, held, f"status = 'queued', host = NULL, lease_until = NULL{spared}")


def _change(connection: Connection, held: Sequence[tuple[UUID, int]], change: str, **values: float) -> set[UUID]:
    found = {"ids": [i for i, _ in held], "fences": [f for _, f in held], **values}
    return set(connection.scalars(text(HELD.format(change=change)), found))


def held_for_settling(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The queue rows of these matches with what the match is, locked until the transaction ends."""
    query = (
        select(MatchQueue.fence, MatchQueue.status, MatchQueue.host, *Match.__table__.columns)
        .join(Match, Match.id == MatchQueue.match_id)
        .where(MatchQueue.match_id == any_of(ids))
        .order_by(MatchQueue.match_id)  # every writer locks in one order
        .with_for_update(of=MatchQueue)
    )
    return {row.id: row for row in connection.execute(query)}


def finish(connection: Connection, ids: Sequence[UUID]) -> None:
    """These matches are settled: they leave the queue."""
    connection.execute(delete(MatchQueue).where(MatchQueue.match_id == any_of(ids)))


def bury(connection: Connection, attempts: int) -> list[UUID]:
    """Give up the matches that spent their attempts. Gives their ids."""
    spent = (MatchQueue.attempts >= attempts) & (
        (MatchQueue.status == "queued") | ((MatchQueue.status == "leased") & (MatchQueue.lease_until < func.now()))
    )
    statement = update(MatchQueue).where(spent).values(status="dead").returning(MatchQueue.match_id)
    return list(connection.scalars(statement))


def waiting(connection: Connection) -> dict[str, int]:
    """Matches queued or leased, by ladder."""
    ladder = Match.game + "/" + Match.league
    query = select(ladder, func.count()).join(MatchQueue, MatchQueue.match_id == Match.id)
    query = query.where(MatchQueue.status.in_(("queued", "leased"))).group_by(ladder)
    return {row[0]: row[1] for row in connection.execute(query)}


def of_owner(connection: Connection, owner_id: UUID, purpose: str) -> int:
    """Matches of a purpose, queued or leased, in which a player of this owner sits."""
    seats = select(func.unnest(Match.seats).label("version_id"), Match.id.label("match_id"))
    seats = seats.join(MatchQueue, MatchQueue.match_id == Match.id)
    each = seats.where(MatchQueue.status != "dead", Match.purpose == purpose).subquery()
    query = select(func.count(each.c.match_id.distinct())).join(PlayerVersion, PlayerVersion.id == each.c.version_id)
    return connection.scalars(
        query.join(Player, Player.id == PlayerVersion.player_id).where(Player.owner_id == owner_id)
    ).one()


def depth(connection: Connection) -> dict[str, int]:
    """Rows of the queue by status."""
    query = select(MatchQueue.status, func.count()).group_by(MatchQueue.status)
    return {row[0]: row[1] for row in connection.execute(query)}
