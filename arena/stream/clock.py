"""One clock for all hosts and gateways: that of Redis. Asked now and then, told by each process's own in between."""

import time

from arena.stream.batched import Batched

EVERY_S = 30.0
"""From one look at the clock of Redis to the next: quartz drifts by a millisecond in that time, or less."""


async def of_redis(redis: Batched) -> int:
    """The time of Redis, in microseconds. Raises one of `SILENT`."""
    ((seconds, micros),) = await redis.run(("TIME",))
    return int(seconds) * 1_000_000 + int(micros)


class Clock:
    """What time it is by Redis; by this machine, until Redis has told it once."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()
        self._due = -float("inf")

    def now(self) -> float:
        """Unix seconds."""
        return self.at(time.monotonic())

    def at(self, monotonic: float) -> float:
        """What time it is when this process's monotonic clock shows that."""
        return monotonic + self._ahead

    async def keep(self, redis: Batched) -> None:
        """Look at the clock of Redis, if that is due. Raises one of `SILENT`."""
        if (began := time.monotonic()) < self._due:
            return
        told = await of_redis(redis)
        ended = time.monotonic()
        self._ahead, self._due = told / 1e6 - (began + ended) / 2, ended + EVERY_S
