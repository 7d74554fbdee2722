"""Connections to Redis or Valkey, and the names of the streams."""

import redis
import redis.asyncio as aio
from redis.asyncio.retry import Retry as AioRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as Lost
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as Slow
from redis.retry import Retry

from arena.core.errors import Unreachable

RESULTS = "results"
FEED = "feed"
SETTLERS = "settlers"
TRAJECTORIES = "trajectories"
"""Of each training job: `trajectories:<job>`."""
CONTROL = ":control"
"""After it: the hash of what the learner and the producers of a job must know of each other."""
LEARNERS = "learners"
KEPT_S = 24 * 3600
"""How long Redis keeps what is a job's when no learner has been heard of. It goes on from its resume point without."""
LOST = (Lost, Slow)
"""What the client raises while the server is away."""
AWAY = (*LOST, ResponseError)
"""That, and what it raises while the server starts, or has no room in memory or on its disk."""


def connect(url: str) -> redis.Redis:
    """A client that retries for about a second before it raises one of `LOST`."""
    return redis.Redis.from_url(url, retry=Retry(ExponentialBackoff(0.4, 0.02), 5), retry_on_error=list(LOST))


def connect_async(url: str) -> aio.Redis:
    """An asyncio client; its callers retry."""
    return aio.Redis.from_url(url)


def connect_once(url: str) -> aio.Redis:
    """An asyncio client that never tries twice: its callers must know of every outage."""
    return aio.Redis.from_url(url, retry=AioRetry(NoBackoff(), 0))


def check(client: redis.Redis, url: str) -> None:
    """Raises `Unreachable` when the server does not answer."""
    try:
        client.ping()
    except redis.RedisError as error:
        where = url.rpartition("@")[2]
        todo = "Check ARENA_REDIS_URL, or unset it for the embedded server."
        raise Unreachable(f"Redis at {where} does not answer: {str(error).rstrip('.')}.", todo=todo) from None
