"""Weights on their way from a learner to its rollout hosts: the newest, and the older ones that are played against.

Bytes under keys of the job; what they hold is the policy's business. The learner writes, hosts read.
"""

from collections.abc import Mapping
from typing import cast

import redis
from redis.exceptions import ResponseError

from arena.stream.redis import CONTROL, KEPT_S, TRAJECTORIES
from arena.stream.scripts import PUBLISH_WEIGHTS
from arena.stream.trajectories import superseded

WEIGHTS = "weights"
MAX_BYTES = 400_000_000
"""Of one version. Redis takes no more than 512 MiB in one value."""


class Weights:
    """One job's weights in Redis."""

    def __init__(self, client: redis.Redis, job: str) -> None:
        self._client, self._job = client, job
        self._newest, self._pool = f"{WEIGHTS}:{job}", f"{WEIGHTS}:{job}:pool"
        self._publish = client.register_script(PUBLISH_WEIGHTS)

    def publish(self, reader: str, version: int, blob: bytes, pool: Mapping[int, bytes], versions: list[int]) -> None:
        """The learner has these weights now. `pool` is what is new in the pool, `versions` all that is in it.

        Raises:
            Superseded: another learner than `reader` has begun; it may be behind this one, and its hosts would take
                what it never had.
        """
        new = [part for number, older in pool.items() for part in (number, older)]
        keys = [f"{TRAJECTORIES}:{self._job}{CONTROL}", self._newest, self._pool]
        try:
            self._publish(keys, [reader, KEPT_S, version, blob, len(versions), *versions, *new])
        except ResponseError as error:
            if "SUPERSEDED" in str(error):
                raise superseded(self._job) from None
            raise

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
