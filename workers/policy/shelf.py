"""What is costly to load and large, kept by name: what was used longest ago leaves when there is no room for more."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from arena.core.errors import BadSpec

T = TypeVar("T")
FAILED_S = 300.0
"""How long what could not be loaded is not tried again."""
MOST_FAILED = 256


class Shelf(Generic[T]):
    """Keeps at most `room` bytes, and always what came last. What somebody still uses lives on until they let go."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._failed: OrderedDict[str, tuple[BadSpec, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, load: Callable[[], tuple[T, int]]) -> T:
        """What has that name; `load` gives it with its bytes if it is not there. Raises what that raises.

        A `BadSpec` is kept for a while: it would be the same, and may take as long as to load what is sound.
        """
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name][0]
            self._recall(name)
        try:
            found = load()  # nobody who finds theirs waits for it
        except BadSpec as error:
            self._note(name, error)
            raise
        with self._lock:
            self._kept[name] = found
            while sum(size for _, size in self._kept.values()) > self._room and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return found[0]

    def _recall(self, name: str) -> None:
        error, until = self._failed.get(name, (None, 0.0))
        if error is not None and time.monotonic() < until:
            raise BadSpec(error.what, todo=error.todo)

    def _note(self, name: str, error: BadSpec) -> None:
        with self._lock:
            self._failed[name] = BadSpec(error.what, todo=error.todo), time.monotonic() + FAILED_S
            self._failed.move_to_end(name)
            while len(self._failed) > MOST_FAILED:
                self._failed.popitem(last=False)
