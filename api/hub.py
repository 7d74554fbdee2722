"""One reader of the feed for the whole process, told on to any number of clients. Without doubles, without silent gaps.

Feed numbers have no gaps, so what Redis lacks (it was away, or has trimmed) shows at once and comes from PostgreSQL.
A client that does not keep up is cut off rather than kept in memory; it comes back with the last number it saw.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from arena.store import outbox
from arena.stream.feed import Event, read
from arena.stream.redis import connect_async

log = logging.getLogger("arena.feed")

PAGE = 500
LAG = 1000
"""Events that may wait for one client."""
BLOCK_MS = 1000
ANSWER_S = 5.0
RETRY_S = 0.5
CATCHING_UP = 8
"""Clients that may read the past at once."""
SETTLED = "match.settled"
RESET = "feed.reset"
"""Tells a client that what it missed is pruned: it must read again what it shows."""
WINDOW_S = 60.0
UNREADABLE = (RedisError, SQLAlchemyError, OSError, TimeoutError)


class Client:
    """What waits for one client."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Event] = asyncio.Queue(LAG)
        self.cut = False


class Hub:
    """Reads the feed while `run` runs."""

    def __init__(self, engine: Engine, redis_url: str) -> None:
        self._engine = engine
        self._redis = connect_async(redis_url)
        self._clients: set[Client] = set()
        self._ready = asyncio.Event()
        self._past = asyncio.Semaphore(CATCHING_UP)
        self._settled: deque[tuple[float, str]] = deque(maxlen=100_000)
        self.at = 0
        """The number of the last event told."""

    async def run(self) -> None:
        """Read and tell until cancelled, through any outage."""
        while not self._ready.is_set():
            try:
                await self._begin()
            except UNREADABLE:
                await asyncio.sleep(RETRY_S)
        while True:
            for event in await self._next():
                self._tell(event)

    async def close(self) -> None:
        """Let go of Redis."""
        await self._redis.aclose()

    async def stream(self, after: int | None) -> AsyncIterator[Event]:
        """Events above `after`, or from now on; ends when this client falls behind or its past cannot be read."""
        await self._ready.wait()
        at = await self._place(after)
        while at < self.at:
            try:
                page = await self._page(at)
            except UNREADABLE:
                return
            for event in page:
                yield event
            at = page[-1].seq if page else self.at
        # Nothing is awaited between that comparison and here, so nothing was told meanwhile.
        client = Client()
        self._clients.add(client)
        try:
            while not client.cut or not client.waiting.empty():
                event = await client.waiting.get()
                if event.seq > at:
                    yield event
        finally:
            self._clients.discard(client)

    @property
    def clients(self) -> int:
        """How many follow the feed now."""
        return len(self._clients)

    def rate(self, ladder: str) -> int:
        """Matches on a ladder settled in the last minute."""
        since = time.time() - WINDOW_S
        return sum(1 for when, of in list(self._settled) if of == ladder and when >= since)

    async def _begin(self) -> None:
        last, lately = await asyncio.to_thread(self._look)
        self.at = last
        self._settled.extend(lately)
        self._ready.set()

    def _look(self) -> tuple[int, list[tuple[float, str]]]:
        """The last number there is, and when the latest matches were settled."""
        with self._engine.connect() as connection:
            last = outbox.last(connection)
            rows = outbox.after(connection, max(0, last - 10 * PAGE), 10 * PAGE)
        return last, [(r.created_at.timestamp(), _ladder(r.data)) for r in rows if r.event == SETTLED]

    async def _next(self) -> list[Event]:
        """What follows `at`: from Redis, or from PostgreSQL while Redis is away or lacks it."""
        try:
            async with asyncio.timeout(BLOCK_MS / 1000 + ANSWER_S):
                events = await read(self._redis, self.at, count=PAGE, block_ms=BLOCK_MS)
        except UNREADABLE:
            await asyncio.sleep(RETRY_S)
            return await self._stored_or_none(self.at)
        whole = not events or _follow(events, self.at)
        return events if whole else await self._stored_or_none(self.at)

    async def _stored_or_none(self, after: int) -> list[Event]:
        try:
            return await self._stored(after)
        except UNREADABLE:
            await asyncio.sleep(RETRY_S)
            return []

    def _tell(self, event: Event) -> None:
        self.at = event.seq
        if event.event == SETTLED:
            now = time.time()
            self._settled.append((now, _ladder(event.data)))
            while self._settled[0][0] < now - WINDOW_S:
                self._settled.popleft()
        for client in [*self._clients]:
            try:
                client.waiting.put_nowait(event)
            except asyncio.QueueFull:
                client.cut = True
                self._clients.discard(client)

    async def _place(self, after: int | None) -> int:
        """Where a client goes on. A number never given is from another database: it begins now."""
        if after is None or after <= self.at:
            return self.at if after is None else max(0, after)
        try:
            last = await asyncio.to_thread(self._last)
        except UNREADABLE:
            return after
        return after if after <= last else self.at

    def _last(self) -> int:
        with self._engine.connect() as connection:
            return outbox.last(connection)

    async def _page(self, after: int) -> list[Event]:
        async with self._past:
            try:
                async with asyncio.timeout(ANSWER_S):
                    events = await read(self._redis, after, count=PAGE, block_ms=1)
            except (RedisError, OSError, TimeoutError):
                events = []
            if events and _follow(events, after):
                return events
            return await self._stored(after)

    async def _stored(self, after: int) -> list[Event]:
        return await asyncio.to_thread(self._select, after)

    def _select(self, after: int) -> list[Event]:
        with self._engine.connect() as connection:
            rows: list[Any] = outbox.after(connection, after, PAGE)
        events = [Event(r.feed_seq, r.event, r.data) for r in rows]
        return [*_pruned(events, after), *events]


def _ladder(settled: dict[str, Any]) -> str:
    return f"{settled['game']}/{settled['league']}"


def _follow(events: list[Event], after: int) -> bool:
    """Whether these are the very next events, none missing in between."""
    return events[-1].seq == after + len(events)


def _pruned(events: list[Event], after: int) -> list[Event]:
    """An event in place of those that PostgreSQL no longer keeps, under the number of the last of them."""
    if not events or events[0].seq == after + 1:
        return []
    last = events[0].seq - 1
    return [Event(last, RESET, {"first": after + 1, "last": last})]
