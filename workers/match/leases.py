"""The leases one pool holds: on matches its hosts play, and on reports that wait to be settled. It keeps them alive."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.wire import MatchOrder
from arena.flow.calm import Calm
from arena.store import queue
from arena.store.queue import Leased
from arena.stream.results import Id, Span

log = logging.getLogger("arena.pool")

MARGIN_S = 60.0
"""What a match may take beyond its seats' clocks."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One match of one host. `until` is when it must be over, by this process's monotonic clock."""

    host: str
    fence: int
    until: float


class Leases:
    """For the event loop and threads at once. Its lock is never held while a server is asked."""

    def __init__(self, engine: Engine, lease_s: float) -> None:
        self._engine, self._lease_s = engine, lease_s
        self._playing: dict[UUID, Lease] = {}
        self._sent: dict[UUID, Lease] = {}
        self._marks: dict[UUID, Id] = {}
        """Of each report sent: an id in the stream that its own is not above."""
        self._calm = Calm(lease_s, lease_s / 2)
        self._lock = threading.Lock()

    def lease(self, connection: Connection, host: str, n: int, attempts: int) -> list[Leased]:
        """Take up to `n` matches from the queue for a host, in a transaction that begins with it."""
        calm = self._calm.look(connection)
        return queue.lease(connection, host, n, lease_s=self._lease_s, attempts=attempts, take_over=calm)

    def take(self, host: str, orders: list[MatchOrder]) -> None:
        """Note what a host is about to play."""
        now = time.monotonic()
        with self._lock:
            for order in orders:
                longest = len(order.seats) * order.match_clock_ms / 1000 + MARGIN_S
                self._playing[UUID(order.match_id)] = Lease(host, order.fence, now + longest)

    def playing(self, host: str) -> int:
        """How many matches a host has under way."""
        with self._lock:
            return sum(lease.host == host for lease in self._playing.values())

    def finished(self, done: list[tuple[str, int]]) -> None:
        """Their reports are in the stream. The leases go on until they are settled, however long that takes."""
        with self._lock:
            for match_id, fence in done:
                lease = self._playing.get(UUID(match_id))
                if lease is not None and lease.fence == fence:
                    self._sent[UUID(match_id)] = self._playing.pop(UUID(match_id))

    def beat(self, look: Callable[[], Span | None]) -> list[UUID]:
        """Prolong every lease in its time; forget those that are settled. Gives the matches that took too long.

        A match that is not over when all of its clocks have run out is stuck: its lease may end. `look` tells what
        the stream of reports spans, None while it is away. A report that is in it no more and was not settled is
        lost: its match goes back to be played again.
        """
        now = time.monotonic()
        with self._lock:
            stuck = [i for i, lease in self._playing.items() if lease.until < now]
            for match_id in stuck:
                del self._playing[match_id]
            playing, sent = dict(self._playing), dict(self._sent)
        gone = self._gone(sent, look())
        held = [(i, lease.fence) for i, lease in (*playing.items(), *sent.items())]
        if held:
            with self._engine.begin() as connection:
                self._calm.look(connection)
                alive = queue.extend(connection, held, lease_s=self._lease_s)
                lost = [(i, sent[i].fence) for i in gone & alive]
                if lost:
                    queue.release(connection, lost, unplayed=True)
            if lost:
                log.error("%d reports were lost before they were settled: their matches are played again", len(lost))
            with self._lock:
                for match_id in (sent.keys() - alive) | gone:
                    self._sent.pop(match_id, None)
                    self._marks.pop(match_id, None)
        return stuck

    def _gone(self, sent: dict[UUID, Lease], span: Span | None) -> set[UUID]:
        """Those whose reports the stream held before and holds no more. A settled one leaves only once committed."""
        if span is None:
            return set()
        gone = {i for i in sent if i in self._marks and (span.first is None or span.first > self._marks[i])}
        for match_id in sent:
            self._marks.setdefault(match_id, span.last)
        return gone

    def give_back(self, host: str, *, unplayed: bool) -> None:
        """Return what a host has under way, now rather than when the leases run out."""
        with self._lock:
            mine = [(i, lease.fence) for i, lease in self._playing.items() if lease.host == host]
            for match_id, _ in mine:
                del self._playing[match_id]
        if mine:
            with self._engine.begin() as connection:
                queue.release(connection, mine, unplayed=unplayed)
