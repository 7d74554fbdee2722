"""In-memory twins of the streams, for unit tests: the same promises without a server."""

from arena.stream.feed import Event
from arena.stream.results import Entry


class MemoryResults:
    """`arena.stream.results.Results` in a list."""

    def __init__(self) -> None:
        self._waiting: list[Entry] = []
        self._pending: list[Entry] = []
        self._next = 0

    def put(self, blob: bytes) -> None:
        """Append a report."""
        self._next += 1
        self._waiting.append(Entry(f"{self._next}-0".encode(), blob))

    def read(self, count: int, block_ms: int) -> list[Entry]:
        if not self._pending:
            self._pending, self._waiting = self._waiting[:count], self._waiting[count:]
        return list(self._pending)

    def again(self) -> None:
        """Nothing to do: what is pending is always read first."""

    def acknowledge(self, entries: list[Entry]) -> None:
        done = {e.id for e in entries}
        self._pending = [e for e in self._pending if e.id not in done]

    def __len__(self) -> int:
        return len(self._waiting) + len(self._pending)


class MemoryFeed:
    """`arena.stream.feed.Feed` in a list."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._database: str | None = None

    def belong_to(self, database: str) -> None:
        if self._database != database:
            self.events.clear()
            self._database = database

    def last(self) -> int:
        return self.events[-1].seq if self.events else 0

    def publish(self, events: list[Event]) -> None:
        for e in events:
            if e.seq > self.last():
                self.events.append(e)
