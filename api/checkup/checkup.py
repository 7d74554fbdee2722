"""One look at every part of the arena, in bounded time whatever is silent."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import redis
from sqlalchemy import Engine

from api.bots.gateway import Gateway
from api.checkup import desk, feed, jobs, pool, readings, servers
from api.checkup.model import RANK, Checkup, Seen
from api.checkup.watch import Watch
from api.hub import Hub

T = TypeVar("T")


class Examiner:
    """Looks at the servers, and judges the parts by what they tell."""

    def __init__(self, engine: Engine, client: redis.Redis, hub: Hub, gateway: Gateway, slots: int) -> None:
        self._postgres = Watch(lambda: readings.stored(engine))
        self._redis = Watch(lambda: readings.streamed(client))
        self._hub, self._gateway, self._slots = hub, gateway, slots

    async def look(self) -> Checkup:
        """The state of the arena now."""
        stored, streamed = await asyncio.gather(_told(self._postgres.look()), _told(self._redis.look()))
        return judge(Seen(stored, streamed, self._hub.clients, self._slots, self._gateway.tally))


async def _told(look: Awaitable[T]) -> T | Exception:
    try:
        return await look
    except Exception as error:  # however a server fails to answer, that is the answer
        return error


def judge(seen: Seen) -> Checkup:
    """Every part, and the worst state among them. Pure."""
    parts = [
        servers.postgres(seen), servers.redis(seen), servers.api(seen),
        desk.judge(seen), pool.judge(seen), jobs.judge(seen), feed.judge(seen),
    ]  # fmt: skip
    state = RANK[max(RANK.index(part.state) for part in parts)]
    wrong = ", ".join(f"{part.title}: {part.word}" for part in parts if part.state == state)
    return Checkup(state=state, summary="All is well" if state == "ok" else wrong, parts=parts)
