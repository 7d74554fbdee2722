"""How long to wait before something that died is started again: longer each time, short again once it has lived."""

import time

PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_S = 60.0
"""What lived this long starts over with the shortest pause."""


class Backoff:
    """The pauses of one part or server."""

    def __init__(self) -> None:
        self._failures = 0
        self._began = 0.0
        self._again_at: float | None = None

    def started(self) -> None:
        """A start is made now, whether or not it will succeed."""
        self._began = time.monotonic()
        self._again_at = None

    def died(self) -> float:
        """It has ended, or could not be started; gives the pause before the next start."""
        now = time.monotonic()
        self._failures = 0 if now - self._began > STEADY_S else self._failures + 1
        pause = PAUSES_S[min(self._failures, len(PAUSES_S) - 1)]
        self._again_at = now + pause
        return pause

    @property
    def waiting(self) -> bool:
        """Whether its end is known and it has not been started since."""
        return self._again_at is not None

    @property
    def over(self) -> bool:
        """Whether it is time to start it again."""
        return self._again_at is not None and time.monotonic() >= self._again_at
