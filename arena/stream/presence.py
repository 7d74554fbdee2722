"""Which player versions are connected now: kept in Redis by who holds their connections, read by who seats them."""

import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import redis

KEY = "presence"
"""A sorted set: a version's id, with the Unix time until which it counts as connected."""


def present(client: redis.Redis) -> set[UUID]:
    """The versions connected now."""
    names: list[Any] = client.zrangebyscore(KEY, time.time(), "+inf")
    return {UUID(name.decode()) for name in names}


def mark(client: redis.Redis, version_ids: Iterable[str], for_s: float) -> None:
    """These are connected, for as long as they are marked again in time. Forgets those that were not."""
    until = time.time() + for_s
    scores = dict.fromkeys(version_ids, until)
    with client.pipeline(transaction=False) as pipe:
        if scores:
            pipe.zadd(KEY, scores)
        pipe.zremrangebyscore(KEY, "-inf", time.time())
        pipe.execute()


def leave(client: redis.Redis, version_id: str) -> None:
    """It is connected no more."""
    client.zrem(KEY, version_id)
