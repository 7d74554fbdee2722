"""prune: delete the transcripts and the told events that are older than they are to be kept. Facts stay, all of them.

Matches, results, Elo events, voids and findings are never touched: ratings can be recomputed and hashes still prove
what was. Every step is a transaction of its own, oldest first, so it may be stopped anywhere and run again.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TypeVar

from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from arena.core.errors import DatabaseBusy
from arena.flow import notify
from arena.flow.outage import AWAY
from arena.store import months, outbox, repeats
from arena.store.months import Month

log = logging.getLogger("arena.prune")

LOCK_TIMEOUT_MS = 500
"""Whoever comes after us for the table waits as long as we do: so not long, and rather again."""
TRIES = 6
PAUSE_S = 0.5
BATCH = 5000
DAY_S = 86_400.0
TODO = "Let the user of ARENA_DATABASE_URL own the tables (`arena doctor` tells who does); it is tried every hour."
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long each is kept; None is for ever."""

    transcripts: timedelta | None
    feed: timedelta | None


@dataclass(frozen=True, slots=True)
class Item:
    """Something to delete, or deleted. `month` is null where it is not a whole month."""

    what: str
    month: str | None
    rows: int
    bytes: int


def keep_up(engine: Engine, now: datetime | None = None) -> list[Month]:
    """Make the partitions of this and the next month, and of whatever landed in the default one; gives those made.

    Raises:
        DatabaseBusy: something holds the table.
    """
    now = now or datetime.now(UTC)
    with engine.connect() as connection:
        wanted = {Month.of(now), Month.of(now).next, *months.strays(connection, now)} - {*months.made(connection)}
    return [m for m in sorted(wanted) if patiently(engine, lambda c, m=m: months.make(c, m))]


def plan(engine: Engine, limits: Limits, now: datetime | None = None) -> list[Item]:
    """What `prune` would delete. Only the months that are older than the limit from their first day to their last."""
    month, moment = _cuts(limits, now)
    with engine.connect() as connection:
        found = [Item("transcripts", str(m), *months.size(connection, m)) for m in _old(connection, month)]
        if month:
            found.append(Item("transcripts", None, *months.stray_size(connection, month.ids[0])))
        if moment:
            seq = outbox.told_before(connection, moment)
            found.append(Item("feed", None, *outbox.size_below(connection, seq)))
    return [item for item in found if item.month or item.rows]


def prune(engine: Engine, limits: Limits, now: datetime | None = None) -> Iterator[Item]:
    """Delete it, and tell of each step when it is committed: a month, or a batch. Stop listening to stop it.

    Raises:
        DatabaseBusy: something holds the table; what was deleted before stays deleted.
    """
    month, moment = _cuts(limits, now)
    with engine.connect() as connection:
        old = _old(connection, month)
        seq = outbox.told_before(connection, moment) if moment else 0
    for m in old:
        yield Item("transcripts", str(m), *patiently(engine, lambda c, m=m: _drop(c, m)))
    if month:
        before = month.ids[0]
        yield from _in_batches(engine, "transcripts", lambda c: months.drop_strays(c, before, BATCH))
    yield from _in_batches(engine, "feed", lambda c: outbox.forget_below(c, seq, BATCH))


class Upkeep:
    """What the desk does of this by itself: partitions ahead of time and, with `keep_days`, pruning once a day."""

    def __init__(self, engine: Engine, keep_days: int | None, stop: Event) -> None:
        self._engine, self._stop, self._due = engine, stop, 0.0
        kept = timedelta(days=keep_days) if keep_days else None
        self._limits = Limits(kept, kept)

    def once(self) -> None:
        """Do what is due. While something holds the table, or will not let it, it is left for the next time."""
        try:
            with self._engine.begin() as connection:
                repeats.forget_old(connection)
                notify.prune(connection)
            for month in keep_up(self._engine):
                log.info("made the partition of %s", month)
            if self._limits.feed and time.monotonic() >= self._due:
                self._prune()
        except DatabaseBusy as error:
            log.warning("%s", error)
        except AWAY:
            raise
        except SQLAlchemyError as error:  # the ladder goes on without: transcripts land in the default partition
            reason = str(error).strip().splitlines()[0]
            log.error("no partitions are made and nothing is pruned: %s. %s", reason, TODO)

    def _prune(self) -> None:
        for item in prune(self._engine, self._limits):
            log.info("pruned %s %s: %d rows, %d bytes", item.what, item.month or "", item.rows, item.bytes)
            if self._stop.is_set():
                return
        self._due = time.monotonic() + DAY_S


def patiently(engine: Engine, step: Callable[[Connection], T]) -> T:
    """Do a step in a transaction that waits but shortly for locks; try again a few times.

    Raises:
        DatabaseBusy: each time in vain.
    """
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_S)  # lets those through who waited behind us
        try:
            with engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MS}ms'"))
                return step(connection)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
    what = "Something holds the table of transcripts, for example a backup."
    raise DatabaseBusy(what, todo="Run it again when that has ended; what was done is done.")


def _in_batches(engine: Engine, what: str, step: Callable[[Connection], tuple[int, int]]) -> Iterator[Item]:
    while (done := patiently(engine, step))[0]:
        yield Item(what, None, *done)


def _drop(connection: Connection, month: Month) -> tuple[int, int]:
    """Drop a month's partition; gives (rows, bytes), none when somebody else has dropped it meanwhile."""
    months.lock(connection)
    if month not in months.made(connection):
        return 0, 0
    size = months.size(connection, month)
    months.drop(connection, month)
    return size


def _cuts(limits: Limits, now: datetime | None) -> tuple[Month | None, datetime | None]:
    """Where the limits cut: the first month that is kept, and the first moment of the feed."""
    now = now or datetime.now(UTC)
    month = Month.of(now - limits.transcripts) if limits.transcripts else None
    return month, now - limits.feed if limits.feed else None


def _old(connection: Connection, before: Month | None) -> list[Month]:
    return [m for m in months.made(connection) if before and m < before]
