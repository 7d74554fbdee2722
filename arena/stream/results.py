"""The `results` stream: from match hosts to the settler. At least once: an entry stays until it is acknowledged."""

from dataclasses import dataclass
from typing import Any, Protocol, cast

import redis
from redis.exceptions import ResponseError

from arena.stream.redis import RESULTS, SETTLERS

FIELD = b"report"
CONSUMER = "desk"
SEEN, SEEN_MS = "results:seen", 86_400_000
Id = tuple[int, int]
"""A stream's entry id: milliseconds, and a number within them. Later entries have higher ones."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One report as it lies in the stream."""

    id: bytes
    blob: bytes


class Results(Protocol):
    """What the settler needs of the stream."""

    def read(self, count: int, block_ms: int) -> list[Entry]:
        """Up to `count` entries: first those read before and not acknowledged, then new ones, waiting for one."""
        ...

    def acknowledge(self, entries: list[Entry]) -> None:
        """These are dealt with for good; they leave the stream."""
        ...


class RedisResults:
    """`Results` on a consumer group of one consumer, which outlives the process that reads it."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._again = True
        """Whether entries may be pending from before: at the start, and after a failure."""

    def read(self, count: int, block_ms: int) -> list[Entry]:
        if self._again:
            pending = self._group_read("0", count, None)
            if pending:
                return pending
            self._again = False
        return self._group_read(">", count, block_ms)

    def again(self) -> None:
        """Read what is not acknowledged once more: the last batch could not be settled."""
        self._again = True

    def acknowledge(self, entries: list[Entry]) -> None:
        if not entries:
            return
        ids = [e.id for e in entries]
        with self._client.pipeline(transaction=True) as pipe:
            pipe.xack(RESULTS, SETTLERS, *ids)
            pipe.xdel(RESULTS, *ids)
            pipe.execute()

    def _group_read(self, start: str, count: int, block_ms: int | None) -> list[Entry]:
        self._client.set(SEEN, 1, px=SEEN_MS)
        try:
            reply = self._client.xreadgroup(SETTLERS, CONSUMER, {RESULTS: start}, count=count, block=block_ms)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            self._make_group()
            return []
        return [Entry(i, f.get(FIELD, b"") if f else b"") for i, f in entries(reply)]

    def _make_group(self) -> None:
        try:
            self._client.xgroup_create(RESULTS, SETTLERS, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


def entries(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """The entries of the one stream in an XREAD or XREADGROUP reply, whichever protocol it came by."""
    if not reply:
        return []
    streams = list(cast(dict[bytes, Any], reply).values()) if isinstance(reply, dict) else [s[1] for s in reply]
    found: list[tuple[bytes, dict[bytes, bytes]]] = []
    for batch in streams:
        # RESP3 nests each stream's batches one level deeper than RESP2.
        flat = batch[0] if batch and isinstance(batch[0], list) else batch
        found.extend((i, f) for i, f in flat)
    return found


def seen_s(client: redis.Redis) -> float | None:
    """How long ago a settler last asked for reports, by the server's own clock; None when none has for a day.

    A consumer's own idle time will not do: before Redis 7.2 it counts from the last report, not from the last look.
    """
    left_ms = int(client.pttl(SEEN))
    return None if left_ms < 0 else (SEEN_MS - left_ms) / 1000


def backlog(client: redis.Redis) -> int:
    """Reports not yet settled."""
    return client.xlen(RESULTS)


@dataclass(frozen=True, slots=True)
class Span:
    """How far the stream reaches: the oldest entry that waits, if any does, and the newest there has ever been."""

    first: Id | None
    last: Id


def span(client: redis.Redis) -> Span:
    """What the stream spans now; nothing at all where Redis has lost it."""
    try:
        info = client.xinfo_stream(RESULTS)
    except ResponseError as error:
        if "no such key" in str(error):
            return Span(None, (0, 0))
        raise
    first = info["first-entry"]
    return Span(_id(first[0]) if first else None, _id(info["last-generated-id"]))


def _id(raw: bytes) -> Id:
    ms, _, number = raw.decode().partition("-")
    return int(ms), int(number)
