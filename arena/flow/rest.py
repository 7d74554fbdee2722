"""rest: a player that forfeits match after match is paused, with the reason, until its owner lets it go on.

A rule, not a verdict: it spares the opponents and the owner's own endpoint. What was played stays as it is.
"""

import logging
from collections import Counter
from uuid import UUID

from sqlalchemy import Engine

from arena.core.wire import FAULTS, Stop
from arena.flow.causes import cause
from arena.flow.withdraw import pause
from arena.store import lives, outbox, players

log = logging.getLogger("arena.rest")

FORFEITS = 5
"""Rated matches on end."""
PAGE = 1000
OWN = FAULTS - {Stop.RESIGNED}


class Rest:
    """Follows the settled matches. Who has begun to forfeit is known to this process only: after a restart, anew."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._at: int | None = None
        self._row: dict[UUID, list[tuple[UUID, str]]] = {}

    def once(self) -> int:
        """Read on; gives how many players were paused."""
        with self._engine.connect() as connection:
            if self._at is None:
                self._at = outbox.last(connection)
            events = outbox.after(connection, self._at, PAGE)
        for row in events:
            self._at = row.feed_seq
            if row.event == "match.settled" and row.data["purpose"] == "rated":
                self._note(UUID(row.data["match_id"]), row.data["seats"], row.data["stops"])
        return sum(self._end(i) for i in [i for i, stops in self._row.items() if len(stops) >= FORFEITS])

    def _note(self, match_id: UUID, seats: list[str], stops: list[str]) -> None:
        for seat, stop in zip(seats, stops, strict=True):
            version_id = UUID(seat)
            if stop in OWN:
                self._row.setdefault(version_id, []).append((match_id, stop))
            else:
                self._row.pop(version_id, None)

    def _end(self, version_id: UUID) -> bool:
        stops = Counter(stop for _, stop in self._row[version_id])
        told = ", ".join(f"{stop} {n} times" for stop, n in stops.items())
        with self._engine.begin() as connection:
            status = lives.held(connection, version_id)  # its owner may be at it at this very moment
            (version,) = players.versions(connection, ids=[version_id])
            tired = status == lives.ACTIVE and not version.is_arena
            if tired:
                causes = (cause(connection, match_id, version_id) for match_id, _ in self._row[version_id])
                first = next(filter(None, causes), None)  # the newest may be sealed yet
                reason = f"It forfeited {stops.total()} rated matches on end ({told})."
                pause(connection, version.player, reason + (f" First in {first}" if first else ""))
                log.warning("%s is paused: %s", version.label, told)
        del self._row[version_id]  # only now: what was not written is tried again
        return tired
