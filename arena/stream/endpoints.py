"""What match hosts count of their requests to players' endpoints, all hosts together: a hash of Redis that grows."""

from collections.abc import Mapping
from typing import cast

import redis
import redis.asyncio as aio

ENDPOINTS = "endpoints"
REQUESTS, MILLISECONDS, TOKENS = "requests:", "ms", "tokens:"
"""Its fields: requests by outcome, what they took together, tokens by direction."""


async def add(client: aio.Redis, counts: Mapping[str, int]) -> None:
    """Add to what is counted, all of it or nothing.

    Raises:
        redis.RedisError, OSError: the server is away; whether they were added is then not known.
    """
    async with client.pipeline(transaction=True) as pipe:
        for name, count in counts.items():
            pipe.hincrby(ENDPOINTS, name, count)
        await pipe.execute()


def read(client: redis.Redis) -> dict[str, int]:
    """The counts since Redis was last empty.

    Raises:
        redis.RedisError: it does not answer.
    """
    found = cast("dict[bytes, bytes]", client.hgetall(ENDPOINTS))
    return {name.decode(): int(count) for name, count in found.items()}
