"""What is known for good, in the order in which it became known: settled matches whose seeds are revealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, exists, select, tuple_
from sqlalchemy.orm import aliased

from arena.store.database import any_of
from arena.store.matches import ALL, Only
from arena.store.tables import Match, MatchQueue, MatchSeat, Result, Transcript, VoidEvent

COLUMNS = (
    Match.id, Match.game, Match.variant, Match.league, Match.purpose, Match.view, Match.rounds, Match.opening_plies,
    Match.rules_hash, Match.pair_id, Match.seed, Match.nonce, Match.seats, Match.created_at, Result.scores,
    Result.ranks, Result.stops, Result.illegal, Result.ms, Result.game_hash, Result.finished_at, Result.settled_at,
    VoidEvent.reason.label("void"), Transcript.blob,
)  # fmt: skip
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which matches. Times are of settling."""

    only: Only = ALL
    since: datetime | None = None
    until: datetime | None = None


def batch(connection: Connection, wanted: Wanted, after: Place | None, limit: int) -> list[Any]:
    """Up to `limit` matches behind a place (`settled_at`, `id`), with their reports; `blob` is None of a pruned one."""
    query = _settled().where(~_sealed()).order_by(Result.settled_at, Match.id).limit(limit)
    query = query.where(*wanted.only.terms())
    if wanted.only.seats is not None:
        sat = select(MatchSeat.match_id).where(MatchSeat.version_id == any_of(wanted.only.seats))
        query = query.where(Match.id.in_(sat))
    if wanted.since is not None:
        query = query.where(Result.settled_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Result.settled_at < wanted.until)
    if after is not None:
        # The pair is of two tables: the index of the times is entered by the time alone.
        query = query.where(Result.settled_at >= after[0], tuple_(Result.settled_at, Match.id) > tuple_(*after))
    return list(connection.execute(query))


def one(connection: Connection, match_id: UUID) -> Any:
    """A settled match as `batch` gives it, sealed or not."""
    return connection.execute(_settled().where(Match.id == match_id)).one()


def _settled() -> Select[*tuple[Any, ...]]:
    return (
        select(*COLUMNS)
        .join(Result, Result.match_id == Match.id)
        .outerjoin(VoidEvent, VoidEvent.match_id == Match.id)
        .outerjoin(Transcript, Transcript.match_id == Match.id)
    )


def _sealed() -> Any:
    """Another leg of the pair is still to be settled."""
    leg = aliased(Match)
    waiting = select(MatchQueue.match_id).join(leg, leg.id == MatchQueue.match_id)
    return exists(waiting.where(leg.pair_id == Match.pair_id, MatchQueue.status != "dead"))
