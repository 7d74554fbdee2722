"""Waiting for PostgreSQL and Redis: a job outlasts their outages instead of dying of them."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from arena.flow.outage import AWAY

log = logging.getLogger("arena.jobs")
T = TypeVar("T")
AGAIN_S = 0.5


class Stop:
    """Whether to end. A plain flag: a signal's handler may set it whatever the main thread is doing."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: object) -> None:
        self.asked = True

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until it is asked to end."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def outlast(step: Callable[[], T], stop: Stop) -> T | None:
    """What a step gives, tried again while PostgreSQL or Redis is away; None when it is time to end first."""
    while True:
        try:
            return step()
        except AWAY as error:
            log.warning("jobs wait: %s", str(error).strip().splitlines()[0])
            if stop.asked:
                return None
            stop.wait(AGAIN_S)
