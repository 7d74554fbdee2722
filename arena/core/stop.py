"""Whether a process is to end, as a signal's handler tells it."""

import time


class Stop:
    """A plain flag: a handler may set it whatever the main thread is doing, even waiting on it."""

    def __init__(self) -> None:
        self.asked = False

    def ask(self, *_: object) -> None:
        self.asked = True

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until it is asked to end."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
