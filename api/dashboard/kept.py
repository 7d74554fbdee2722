"""The last rendering of each ladder, shared by all who watch it: their number costs next to nothing."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

AGE_S = 2.0


@dataclass(frozen=True, slots=True)
class Rendering:
    """A ladder as a page shows it. `seq` is the last event it surely reflects."""

    html: str
    seq: int
    made: float


class Kept:
    """Renderings by game. Thread-safe; one thread renders while those who want the same wait for it."""

    def __init__(self) -> None:
        self._last: dict[str, Rendering] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, game: str, seq: int, make: Callable[[], tuple[str, int]]) -> str:
        """A rendering that reflects event `seq` and is younger than `AGE_S`; `make` gives (html, seq)."""
        with self._locks[game]:
            last = self._last.get(game)
            if last is None or last.seq < seq or time.monotonic() - last.made > AGE_S:
                html, reflects = make()
                last = self._last[game] = Rendering(html, reflects, time.monotonic())
            return last.html
