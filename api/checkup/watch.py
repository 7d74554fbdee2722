"""Asking a server that may be silent: one question at a time, an answer within bounds, shared by all who want it."""

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from anyio import CapacityLimiter, to_thread

T = TypeVar("T")
LOOK_S = 2.5
"""Less than whoever asks waits for an answer."""
AGE_S = 1.0
"""An answer younger than this serves again: however many look, a server is asked once a second."""


class Watch(Generic[T]):
    """`ask` runs in a thread of its own, which a silent server may hold: no other waits behind it."""

    def __init__(self, ask: Callable[[], T], age_s: float = AGE_S) -> None:
        self._ask, self._age_s = ask, age_s
        self._limit = CapacityLimiter(1)
        self._asking: asyncio.Task[T] | None = None
        self._answered = 0.0

    async def look(self) -> T:
        """The answer, or what `ask` raised.

        Raises:
            TimeoutError: there was none within `LOOK_S`.
        """
        if self._asking is None or (self._asking.done() and time.monotonic() - self._answered > self._age_s):
            self._asking = asyncio.create_task(self._begin())
        done, _ = await asyncio.wait({self._asking}, timeout=LOOK_S)
        if not done:
            raise TimeoutError
        return self._asking.result()

    async def _begin(self) -> T:
        try:
            return await to_thread.run_sync(self._ask, limiter=self._limit, abandon_on_cancel=True)
        finally:
            self._answered = time.monotonic()
