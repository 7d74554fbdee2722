"""Waiting for what must come: on a condition, with a bound."""

import time
from collections.abc import Callable

PATIENCE_S = 90.0


def until(what: str, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for a condition; fail with its name when it does not come."""
    deadline = time.monotonic() + patience_s
    pause = 0.02
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s for {what}"
        time.sleep(pause)  # a poll with a bound, not a guess
