"""Whether the servers behind the API answer: asked by machines, often, and just when something is wrong."""

import redis
from sqlalchemy import Engine

from api.checkup.watch import Watch
from arena.core.errors import Unreachable
from arena.store import database, revision
from arena.stream import redis as streams


class Probe:
    """Never an old answer; a server that hangs holds one thread, and nobody for longer than a `Watch` looks."""

    def __init__(self, engine: Engine, client: redis.Redis, redis_url: str) -> None:
        self._engine, self._client, self._redis_url = engine, client, redis_url
        self._watch = Watch(self._ask, age_s=0.0)
        self._asked = ""

    async def look(self) -> None:
        """Raises what is wrong, within seconds. It says which server is away, but not where: anyone may ask."""
        try:
            await self._watch.look()
        except (Unreachable, TimeoutError):
            raise Unreachable(f"{self._asked} does not answer.", todo="See the log of the arena.") from None

    def _ask(self) -> None:
        self._asked = "PostgreSQL"
        database.check(self._engine)
        revision.check(self._engine)
        self._asked = "Redis"
        streams.check(self._client, self._redis_url)
