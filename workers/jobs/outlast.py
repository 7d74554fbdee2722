"""Waiting for PostgreSQL and Redis: a job outlasts their outages instead of dying of them."""

import logging
from collections.abc import Callable
from typing import TypeVar

from arena.core.stop import Stop
from arena.flow.outage import AWAY

log = logging.getLogger("arena.jobs")
T = TypeVar("T")
AGAIN_S = 0.5


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
