"""Ladders: live Elo, its events, and the results they are made of."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from arena.store.database import any_of, copy
from arena.store.tables import EloEvent, Match, Result, Standing, Transcript, VoidEvent

RESULT = (
    "match_id", "ladder", "ladder_seq", "scores", "ranks", "stops", "illegal", "ms", "plies", "game_hash",
    "evidence_hash", "host", "fence", "finished_at",
)  # fmt: skip
EVENT = ("ladder", "seq", "version_id", "match_id", "before", "delta")
WRITERS = 7_305_001
"""Advisory lock: one writer of ladders at a time, whoever started a second one."""
DIGEST = text(
    """
    SELECT md5(string_agg(s::text || v.status, '' ORDER BY s.version_id))
    FROM standing s JOIN player_version v ON v.id = s.version_id WHERE s.ladder = :ladder
    """
)


def lock(connection: Connection) -> None:
    """Wait to be the only writer of ladders until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS})


def settled(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the matches that have a result."""
    return set(connection.scalars(select(Result.match_id).where(Result.match_id == any_of(ids))))


def last_seq(connection: Connection, ladders: Iterable[str]) -> dict[str, int]:
    """The highest sequence number of each ladder; absent while it has none."""
    found: dict[str, int] = {}
    for ladder in ladders:
        # One step down the index each, where grouping would read whole ladders.
        query = select(Result.ladder_seq).where(Result.ladder == ladder).order_by(Result.ladder_seq.desc()).limit(1)
        seq = connection.scalars(query).one_or_none()
        if seq is not None:
            found[ladder] = seq
    return found


def standings(connection: Connection, ladder: str) -> list[Any]:
    """A ladder's rows, best first."""
    return list(
        connection.execute(select(Standing.__table__).where(Standing.ladder == ladder).order_by(Standing.elo.desc()))
    )


def stands(connection: Connection, version_ids: Sequence[UUID]) -> list[Any]:
    """The rows of these versions, by ladder, each with its `place`: one more than there are ahead of it."""
    other = aliased(Standing)
    ahead = select(func.count()).where(other.ladder == Standing.ladder, other.elo > Standing.elo).scalar_subquery()
    query = select(Standing.__table__, (ahead + 1).label("place"))
    return list(connection.execute(query.where(Standing.version_id == any_of(version_ids)).order_by(Standing.ladder)))


def digest(connection: Connection, ladder: str) -> str | None:
    """What tells a ladder's rows apart from what they were before; None of an empty one. Names never change."""
    return connection.scalars(DIGEST, {"ladder": ladder}).one()


def occupied(connection: Connection, ladders: Sequence[str]) -> set[str]:
    """Those of the ladders on which somebody stands."""
    return set(connection.scalars(select(Standing.ladder).where(Standing.ladder.in_(ladders)).distinct()))


def standings_of(connection: Connection, ladders: Iterable[str]) -> list[Any]:
    """Every row of several ladders."""
    return list(connection.execute(select(Standing.__table__).where(Standing.ladder.in_(list(ladders)))))


def write_results(connection: Connection, rows: Iterable[Sequence[Any]], blobs: Iterable[tuple[UUID, bytes]]) -> None:
    """Append results and their transcripts."""
    copy(connection, Result, RESULT, rows)
    copy(connection, Transcript, ("match_id", "blob"), blobs)


def write_events(connection: Connection, rows: Iterable[Sequence[Any]]) -> None:
    """Append Elo events."""
    copy(connection, EloEvent, EVENT, rows)


def write_standings(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Replace or add rows of the cache."""
    if not rows:
        return
    statement = upsert(Standing)
    changed = {c: statement.excluded[c] for c in ("elo", "wins", "draws", "losses")}
    # One order of locking for every writer.
    rows = sorted(rows, key=lambda r: (r["ladder"], r["version_id"]))
    connection.execute(statement.on_conflict_do_update(index_elements=["ladder", "version_id"], set_=changed), rows)


def void(connection: Connection, match_id: UUID, reason: str) -> None:
    """Append that a match no longer counts. Voiding twice changes nothing."""
    connection.execute(upsert(VoidEvent).values(match_id=match_id, reason=reason).on_conflict_do_nothing())


def ladder_of(connection: Connection, match_id: UUID) -> str | None:
    """The ladder a settled match is rated on."""
    return connection.scalars(select(Result.ladder).where(Result.match_id == match_id)).one_or_none()


def counted(connection: Connection, ladder: str) -> list[Any]:
    """The results of a ladder that count, in its order: (ladder_seq, match_id, ranks, seats)."""
    query = (
        select(Result.ladder_seq, Result.match_id, Result.ranks, Match.seats)
        .join(Match, Match.id == Result.match_id)
        .outerjoin(VoidEvent, VoidEvent.match_id == Result.match_id)
        .where(Result.ladder == ladder, VoidEvent.match_id.is_(None))
        .order_by(Result.ladder_seq)
    )
    return list(connection.execute(query))


def forget(connection: Connection, ladder: str) -> None:
    """Drop a ladder's caches: its events and its standings."""
    connection.execute(delete(EloEvent).where(EloEvent.ladder == ladder))
    connection.execute(delete(Standing).where(Standing.ladder == ladder))


def history(connection: Connection, ladder: str, limit: int) -> list[Any]:
    """The last `limit` Elo events of every version on a ladder: (version_id, seq, before + delta), oldest first."""
    after = (EloEvent.before + EloEvent.delta).label("elo")
    last = (
        select(EloEvent.seq, after)
        .where(EloEvent.ladder == ladder, EloEvent.version_id == Standing.version_id)
        .order_by(EloEvent.seq.desc())
        .limit(limit)
        .lateral()
    )
    query = select(Standing.version_id, last.c.seq, last.c.elo).join(last, true()).where(Standing.ladder == ladder)
    return list(connection.execute(query.order_by(last.c.seq)))
