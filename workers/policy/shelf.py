"""What is costly to load and large, kept by name: what was used longest ago leaves when there is no room for more."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Keeps at most `room` bytes, and always what came last. What somebody still uses lives on until they let go."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str, load: Callable[[], tuple[T, int]]) -> T:
        """What has that name; `load` gives it with its bytes if it is not there. Raises what that raises."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name][0]
        found = load()  # nobody who finds theirs waits for it
        with self._lock:
            self._kept[name] = found
            while sum(size for _, size in self._kept.values()) > self._room and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return found[0]
