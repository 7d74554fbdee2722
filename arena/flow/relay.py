"""relay: number what the outbox holds, in the order of commits, and publish it on the feed.

Numbers are committed before they are published and each is the entry's id, so whatever stops in between, nothing is
lost and nothing doubles.
"""

from sqlalchemy import Engine

from arena.flow.submit import ARENA
from arena.store import outbox, players
from arena.stream.feed import Event, Feed

BATCH = 1000


class Relay:
    """Moves outbox rows to the feed. `keep` bounds what a feed that lost its data is filled with again."""

    def __init__(self, engine: Engine, feed: Feed, keep: int) -> None:
        self._engine, self._feed, self._keep = engine, feed, keep
        self._published: int | None = None

    def once(self) -> int:
        """Number and publish what waits; gives how many were published."""
        with self._engine.begin() as connection:
            numbered = outbox.number(connection, BATCH)
        if numbered == 0 and self._published is not None:
            return 0
        return self._publish()

    def lost(self) -> None:
        """The feed may have lost what was published: look before the next publishing."""
        self._published = None

    def _publish(self) -> int:
        at = self._position() if self._published is None else self._published
        count = 0
        while True:
            with self._engine.connect() as connection:
                rows = outbox.after(connection, at, BATCH)
            if not rows:
                self._published = at
                return count
            self._feed.publish([Event(r.feed_seq, r.event, r.data) for r in rows])
            at = self._published = rows[-1].feed_seq
            count += len(rows)

    def _position(self) -> int:
        """Where to go on: after what the feed holds, or, when it is empty, so that it is filled up to its bound."""
        with self._engine.connect() as connection:
            ours, last = players.owner_id(connection, ARENA), outbox.last(connection)
        self._feed.belong_to(str(ours))
        return self._feed.last() or max(0, last - self._keep)
