"""The board of one or more ladders in memory: live Elo and win counts, changed match by match, written once.

Settling and refitting both go through here, so a refit cannot differ from having played.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from arena.ratings import elo
from arena.store import ladders


@dataclass(slots=True)
class _Row:
    elo: int = elo.START
    wins: int = 0
    draws: int = 0
    losses: int = 0
    changed: bool = False


class Board:
    """Standings of some ladders. Not thread-safe; hold `ladders.lock` while one is in use."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, UUID], _Row] = {}
        self._seq: dict[str, int] = {}
        self._events: list[tuple[Any, ...]] = []

    @classmethod
    def load(cls, connection: Connection, names: set[str]) -> "Board":
        """The ladders as they stand in the database."""
        board = cls()
        if not names:
            return board
        for r in ladders.standings_of(connection, names):
            board._rows[r.ladder, r.version_id] = _Row(r.elo, r.wins, r.draws, r.losses)
        board._seq = ladders.last_seq(connection, names)
        return board

    def play(
        self, ladder: str, match_id: UUID, seats: list[UUID], ranks: list[int], seq: int | None = None
    ) -> tuple[int, list[int]]:
        """Rate one match, next in the ladder's order unless `seq` says otherwise; gives seq and each seat's delta."""
        rows = [self._rows.setdefault((ladder, seat), _Row()) for seat in seats]
        before = [r.elo for r in rows]
        # One player in both seats gains nothing from itself.
        change = elo.deltas(before, ranks)
        number = self._seq.get(ladder, 0) + 1 if seq is None else seq
        self._seq[ladder] = number
        best, shared = min(ranks), ranks.count(min(ranks)) > 1
        for row, seat, rank, was, delta in zip(rows, seats, ranks, before, change, strict=True):
            row.elo += delta
            row.wins += rank == best and not shared
            row.draws += rank == best and shared
            row.losses += rank != best
            row.changed = True
            self._events.append((ladder, number, seat, match_id, was, delta))
        return number, change

    def save(self, connection: Connection) -> None:
        """Write the events and the rows that changed."""
        ladders.write_events(connection, self._events)
        ladders.write_standings(
            connection,
            [
                {"ladder": ladder, "version_id": v, "elo": r.elo, "wins": r.wins, "draws": r.draws, "losses": r.losses}
                for (ladder, v), r in self._rows.items()
                if r.changed
            ],
        )

    def table(self) -> dict[tuple[str, UUID], tuple[int, int, int, int]]:
        """(elo, wins, draws, losses) by (ladder, version)."""
        return {key: (r.elo, r.wins, r.draws, r.losses) for key, r in self._rows.items()}
