"""Weights on their way from a learner to its rollout hosts: the newest, and the older ones that are played against.

Bytes under keys of the job; what they hold is the policy's business. The learner writes, hosts read.
"""

from collections.abc import Mapping
from typing import cast

import redis

from arena.stream.redis import KEPT_S

WEIGHTS = "weights"


class Weights:
    """One job's weights in Redis."""

    def __init__(self, client: redis.Redis, job: str) -> None:
        self._client = client
        self._newest, self._pool = f"{WEIGHTS}:{job}", f"{WEIGHTS}:{job}:pool"

    def publish(self, version: int, blob: bytes, pool: Mapping[int, bytes], versions: list[int]) -> None:
        """The learner has these weights now. `pool` is what is new in the pool, `versions` all that is in it."""
        known = {int(name) for name in self._client.hkeys(self._pool)}
        with self._client.pipeline(transaction=True) as pipe:
            pipe.hset(self._newest, mapping={"version": version, "blob": blob})
            for number, older in pool.items():
                pipe.hset(self._pool, str(number), older)
            for gone in known - set(versions):
                pipe.hdel(self._pool, str(gone))
            for key in (self._newest, self._pool):
                pipe.expire(key, KEPT_S)
            pipe.execute()

    def version(self) -> int | None:
        """The newest version; None while there is none."""
        found = self._client.hget(self._newest, "version")
        return None if found is None else int(found)

    def newest(self) -> tuple[int, bytes] | None:
        """The newest version and its weights, both of one moment."""
        version, blob = self._client.hmget(self._newest, ["version", "blob"])
        return None if version is None or blob is None else (int(version), cast(bytes, blob))

    def pool(self) -> list[int]:
        """The versions there are to play against."""
        return sorted(int(name) for name in self._client.hkeys(self._pool))

    def older(self, version: int) -> bytes | None:
        """One of them; None when it has left meanwhile."""
        return cast("bytes | None", self._client.hget(self._pool, str(version)))

    def delete(self) -> None:
        """Remove all of the job's."""
        self._client.delete(self._newest, self._pool)
