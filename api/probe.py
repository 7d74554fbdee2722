"""Whether the servers behind the API answer: asked by machines, often, and just when something is wrong."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import redis
from sqlalchemy import Engine

from arena.core.errors import Unreachable
from arena.store import database, schema
from arena.stream import redis as streams

LOOK_S = 2.5
"""Less than whoever asks waits for an answer."""


class Probe:
    """One look at a time, in a thread of its own, however many ask: a server that hangs holds no other."""

    def __init__(self, engine: Engine, client: redis.Redis, redis_url: str) -> None:
        self._engine, self._client, self._redis_url = engine, client, redis_url
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="probe")
        self._under_way: asyncio.Future[None] | None = None
        self._asked = ""

    async def look(self) -> None:
        """Raises what is wrong, within `LOOK_S`. It says which server is away, but not where: anyone may ask."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.get_running_loop().run_in_executor(self._threads, self._look)
        try:
            await asyncio.wait_for(asyncio.shield(self._under_way), LOOK_S)
        except (Unreachable, TimeoutError):
            raise Unreachable(f"{self._asked} does not answer.", todo="See the log of the arena.") from None

    def _look(self) -> None:
        self._asked = "PostgreSQL"
        database.check(self._engine)
        schema.check(self._engine)
        self._asked = "Redis"
        streams.check(self._client, self._redis_url)
