"""The last rendering of each ladder and job, shared by all who watch it: their number costs next to nothing."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

AGE_S = 2.0
MOST = 64
"""Renderings kept; the oldest leaves."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A ladder or a job as a page shows it. `seq` is the last event it surely reflects."""

    html: str
    seq: int
    made: float


class Kept:
    """Renderings by name. Thread-safe; one thread renders while those who want the same wait for it."""

    def __init__(self) -> None:
        self._last: dict[str, Rendering] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, name: str, seq: int, make: Callable[[], tuple[str, int]]) -> str:
        """A rendering that reflects event `seq` and is younger than `AGE_S`; `make` gives (html, seq)."""
        with self._locks[name]:
            last = self._last.get(name)
            if last is None or last.seq < seq or time.monotonic() - last.made > AGE_S:
                html, reflects = make()
                self._last.pop(name, None)  # so that it is the newest in the order
                last = self._last[name] = Rendering(html, reflects, time.monotonic())
                for oldest in list(self._last)[:-MOST]:
                    self._last.pop(oldest, None)
            return last.html
