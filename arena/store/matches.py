"""Matches: what is to be played, and what is known of one."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Connection, Select, Uuid, and_, cast, exists, func, select, true

from arena.core.ids import first_id, new_id
from arena.core.terms import Terms
from arena.store.database import copy
from arena.store.tables import Finding, Match, MatchQueue, MatchSeat, Result, Transcript, VoidEvent

COLUMNS = (
    "id", "game", "variant", "rounds", "opening_plies", "view", "ply_clock_ms", "match_clock_ms", "illegal_budget",
    "rules_hash", "league", "purpose", "seed", "nonce", "commitment", "pair_id", "propensity", "seats",
)  # fmt: skip
USUAL = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMatch:
    """A match to be queued. `seed` is a 63-bit integer; the order of `seats` is the order of play."""

    game: str
    variant: str
    rounds: int
    opening_plies: int
    view: str
    rules_hash: bytes
    league: str
    purpose: str
    seed: int
    seats: list[UUID]
    pair_id: UUID | None = None
    propensity: float = 1.0
    terms: Terms = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which matches. `seats` are player versions of which one must sit in it."""

    game: str | None = None
    league: str | None = None
    purpose: str | None = None
    seats: Sequence[UUID] | None = None

    def terms(self) -> list[ColumnElement[bool]]:
        """What must hold of a row of `Match`, but for who sits in it."""
        wanted = ((Match.game, self.game), (Match.league, self.league), (Match.purpose, self.purpose))
        return [column == value for column, value in wanted if value is not None]


ALL = Only()


def commitment(nonce: bytes, seed: int) -> bytes:
    """SHA-256(nonce, seed): published at once, so that the seed cannot be chosen after the fact."""
    return hashlib.sha256(nonce + seed.to_bytes(8, "big")).digest()


def add(connection: Connection, new: list[NewMatch], *, priority: int = 100) -> list[UUID]:
    """Append matches and queue them; a lower `priority` is played sooner."""
    ids = [new_id() for _ in new]
    rows: list[tuple[Any, ...]] = []
    for match_id, m in zip(ids, new, strict=True):
        nonce = secrets.token_bytes(16)
        seal = commitment(nonce, m.seed)
        t = m.terms
        rows.append(
            (match_id, m.game, m.variant, m.rounds, m.opening_plies, m.view, t.ply_clock_ms, t.match_clock_ms,
             t.illegal_budget, m.rules_hash, m.league, m.purpose, m.seed, nonce, seal, m.pair_id, m.propensity, m.seats)
        )  # fmt: skip
    copy(connection, Match, COLUMNS, rows)
    copy(
        connection,
        MatchSeat,
        ("version_id", "match_id"),
        ((s, i) for i, m in zip(ids, new, strict=True) for s in {*m.seats}),
    )
    copy(connection, MatchQueue, ("match_id", "priority"), ((i, priority) for i in ids))
    return ids


def _listing() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Match.id, Match.game, Match.variant, Match.view, Match.league, Match.purpose, Match.pair_id, Match.seats,
            Match.created_at, MatchQueue.status.label("queue"), MatchQueue.fence, Result.scores, Result.ranks,
            Result.stops, Result.plies, Result.settled_at, VoidEvent.reason.label("void"),
        )
        .outerjoin(MatchQueue, MatchQueue.match_id == Match.id)
        .outerjoin(Result, Result.match_id == Match.id)
        .outerjoin(VoidEvent, VoidEvent.match_id == Match.id)
    )  # fmt: skip


def recent(connection: Connection, *, limit: int, only: Only = ALL, before: UUID | None = None) -> list[dict[str, Any]]:
    """Matches, newest first, older than `before`."""
    terms = only.terms()
    query = _listing().order_by(Match.id.desc()).limit(limit)
    if only.seats is not None:
        query = query.where(Match.id.in_(_seated(only.seats, terms, before, limit)))
    else:
        query = query.where(*terms, *([Match.id < before] if before else []))
    return [dict(row) for row in connection.execute(query).mappings()]


def _seated(
    seats: Sequence[UUID], terms: Sequence[ColumnElement[bool]], before: UUID | None, limit: int
) -> Select[tuple[UUID]]:
    """The newest matches in which one of these versions sits, each version's walked back along the index of seats.

    The terms are a scalar subquery, which PostgreSQL takes as it stands: of a join it would choose an order by
    averages, and of a version that has not played for long walk through everybody else's matches.
    """
    version = func.unnest(cast(list(seats), ARRAY(Uuid))).table_valued("id").render_derived()
    each = select(MatchSeat.match_id).where(MatchSeat.version_id == version.c.id)
    if terms:
        each = each.where(select(and_(*terms)).where(Match.id == MatchSeat.match_id).scalar_subquery())
    if before:
        each = each.where(MatchSeat.match_id < before)
    last = each.order_by(MatchSeat.match_id.desc()).limit(limit).lateral()
    # Two versions may have met: they gave the same match.
    query = select(last.c.match_id).distinct().select_from(version).join(last, true())
    return query.order_by(last.c.match_id.desc()).limit(limit)


def finished(connection: Connection, *, game: str, league: str, limit: int) -> list[dict[str, Any]]:
    """The matches of a ladder settled last, newest first."""
    last = (
        select(Result.match_id)
        .where(Result.ladder == f"{game}/{league}")
        .order_by(Result.ladder_seq.desc())
        .limit(limit)
    )
    query = _listing().where(Match.id.in_(last)).order_by(Result.ladder_seq.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def one(connection: Connection, match_id: UUID) -> dict[str, Any] | None:
    """Everything of one match but its transcript; `sealed` while a leg of its pair is still to be settled."""
    extra = (
        Match.rounds, Match.opening_plies, Match.ply_clock_ms, Match.match_clock_ms, Match.illegal_budget, Match.seed,
        Match.nonce, Match.commitment, Match.rules_hash, Match.propensity, Result.game_hash, Result.evidence_hash,
        Result.illegal, Result.ms, Result.host, Result.finished_at, Result.fence.label("result_fence"),
    )  # fmt: skip
    row = connection.execute(_listing().add_columns(*extra).where(Match.id == match_id)).mappings().one_or_none()
    if row is None:
        return None
    found: dict[str, Any] = dict(row)
    found["sealed"] = found["settled_at"] is None or _pair_open(connection, found["pair_id"])
    return found


def terms(match: dict[str, Any]) -> Terms:
    """Of a match as `one` gives it."""
    return Terms(match["ply_clock_ms"], match["match_clock_ms"], match["illegal_budget"])


def _pair_open(connection: Connection, pair_id: UUID | None) -> bool:
    if pair_id is None:
        return False
    waiting = select(func.count()).select_from(MatchQueue).join(Match, Match.id == MatchQueue.match_id)
    return connection.scalars(waiting.where(Match.pair_id == pair_id, MatchQueue.status != "dead")).one() > 0


def version(connection: Connection, match_id: UUID) -> tuple[Any, ...] | None:
    """What tells all that is known of a match apart from what was known before; None until its pair is settled."""
    noticed = select(func.count()).where(Finding.match_id == match_id).scalar_subquery()
    kept = exists().where(Transcript.match_id == match_id)
    query = (
        select(Match.pair_id, Result.settled_at, VoidEvent.reason, kept, noticed)
        .join(Result, Result.match_id == Match.id)
        .outerjoin(VoidEvent, VoidEvent.match_id == Match.id)
        .where(Match.id == match_id)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None or _pair_open(connection, row.pair_id) else tuple(row)


def transcript(connection: Connection, match_id: UUID) -> bytes | None:
    """The stored report of a match."""
    return connection.scalars(select(Transcript.blob).where(Transcript.match_id == match_id)).one_or_none()


def made_since(connection: Connection, since: datetime) -> dict[str, int]:
    """Rated matches made since then, by ladder."""
    ladder = Match.game + "/" + Match.league
    # Ids begin with the time they were made, so the primary key serves as the index.
    query = select(ladder, func.count()).where(Match.id >= first_id(since), Match.purpose == "rated").group_by(ladder)
    return {row[0]: row[1] for row in connection.execute(query)}


def any_settled_since(connection: Connection, since: datetime) -> bool:
    """Whether a match was settled after that moment."""
    return connection.scalars(select(Result.match_id).where(Result.settled_at > since).limit(1)).first() is not None
