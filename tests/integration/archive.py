"""A ladder with a past: real matches, refereed and settled, under ids of long ago, their events told and dated back."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from unittest import mock
from uuid import UUID

from sqlalchemy import text

from arena.core.ids import first_id
from arena.core.wire import MatchReport
from arena.flow.relay import Relay
from arena.store import matches
from arena.stream.memory import MemoryFeed
from tests.integration.ladder import Ladder, played

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def id_of(moment: datetime) -> UUID:
    """An id that was made at a moment."""
    low = (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)
    return UUID(int=first_id(moment).int | low)


@dataclass
class Archive(Ladder):
    """What happens on it happens when it is told to."""

    def __post_init__(self) -> None:
        super().__post_init__()
        with self.engine.begin() as connection:
            connection.execute(text("TRUNCATE outbox"))  # of the players' entering: only matches are counted

    def reports(self, n: int, *moments: datetime) -> list[MatchReport]:
        """Play `n` matches made at each of these moments."""
        for moment in moments:
            with mock.patch.object(matches, "new_id", lambda moment=moment: id_of(moment)):
                self.queue(n)
        return played(self.lease())

    def happen(self, n: int, *moments: datetime) -> None:
        """Play and settle `n` matches at each of these moments, and tell the feed of them."""
        for moment in moments:
            self.settle(self.reports(n, moment))
            with self.engine.begin() as connection:
                dated = text("UPDATE outbox SET created_at = :at WHERE feed_seq IS NULL")
                connection.execute(dated, {"at": moment})
            self.tell()

    def tell(self) -> None:
        """Number what waits."""
        Relay(self.engine, MemoryFeed(), 1000).once()

    def told(self) -> list[object]:
        """The feed numbers that are kept."""
        return [r[0] for r in self.rows("SELECT feed_seq FROM outbox ORDER BY feed_seq NULLS LAST")]

    def lasting(self) -> list[list[tuple[object, ...]]]:
        """All that pruning must leave alone."""
        tables = ("owner", "player", "player_version", "match", "match_queue", "result", "void_event", "finding")
        ordered = [self.rows(f"SELECT * FROM {table} ORDER BY 1") for table in tables]
        return [*ordered, self.rows("SELECT * FROM elo_event ORDER BY 1, 2, 3"), self.standings()]

    def months(self) -> dict[str, int]:
        """How many transcripts each partition holds."""
        found = self.rows("SELECT tableoid::regclass::text, count(*) FROM transcript GROUP BY 1 ORDER BY 1")
        return {str(name): int(str(n)) for name, n in found}


def ago(days: float) -> datetime:
    """A moment before `NOW`."""
    return NOW - timedelta(days=days)


def blobs(ladder: Ladder) -> dict[str, bytes]:
    """Every transcript kept."""
    return {str(i): bytes(b) for i, b in ladder.rows("SELECT match_id, blob FROM transcript")}  # type: ignore[call-overload]


def packed(reports: Iterable[MatchReport]) -> dict[str, bytes]:
    """What their transcripts must be."""
    from arena.core.wire import pack

    return {r.match_id: pack(r) for r in reports}
