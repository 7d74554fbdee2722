"""The in-memory twin of `RedisTrajectories`, for unit tests: the same promises without a server."""

import time
from collections.abc import Callable
from dataclasses import replace

from arena.stream.admission import Rule, capacity
from arena.stream.trajectories import (
    LEASE_MS,
    PARKED,
    PARKED_BYTES,
    Answer,
    Entry,
    Grant,
    Parcel,
    Start,
    Tally,
    Vitals,
    superseded,
)


class MemoryTrajectories:
    """See `arena.stream.trajectories.Trajectories`."""

    def __init__(self, job: str, lease_ms: int = LEASE_MS, now: Callable[[], float] = time.time) -> None:
        self.job = job
        self._lease_s, self._now = lease_ms / 1000, now
        self.delete()

    def delete(self) -> None:
        self._start: Start | None = None
        self._accepted = self._told = self._added = self._given = 0
        self._running: dict[str, tuple[int, float]] = {}
        self._next: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._entries: dict[int, Entry] = {}
        self._parked: list[dict[str, str]] = []

    def begin(self, start: Start) -> None:
        former = self._start.generation if self._start else -1
        if former > start.generation:
            raise superseded(self.job)
        if former < start.generation:
            self._running, self._next = {}, {}
        marks, waiting = dict(start.marks), 0
        for parcel in (entry.parcel for entry in self._entries.values()):
            if parcel and parcel.generation == start.generation:
                past, mark = parcel.first + parcel.count, marks.get(parcel.producer, 0)
                waiting += max(0, past - max(parcel.first, mark))
                marks[parcel.producer] = max(past, mark)
        for producer, mark in marks.items():
            self._next[producer] = max(mark, self._next.get(producer, 0))
        self._start, self._told, self._accepted = start, 0, start.version * start.rule.batch + waiting

    def publish(self, reader: str, version: int) -> None:
        self._start = replace(self._fenced(reader), version=version)

    def read(self, reader: str, after: str, count: int) -> list[Entry]:
        self._fenced(reader)
        ids = [i for i in self._entries if _number(after) < i <= self._given]
        ids = ids or [i for i in self._entries if i > self._given]
        self._given = max(self._given, *ids[:count]) if ids else self._given
        return [self._entries[i] for i in ids[:count]]

    def wait(self, after: str, block_ms: int) -> None:
        time.sleep(block_ms / 1000)

    def settle(self, reader: str, tally: Tally) -> None:
        self._fenced(reader)
        if tally.number > self._told:
            self._told = tally.number
            self._accepted -= tally.dropped
            for name, number in tally.counts.items():
                self._counts[name] = self._counts.get(name, 0) + number
        for entry_id, _ in tally.done:
            self._entries.pop(_number(entry_id), None)

    def park(self, reader: str, entry: Entry, reason: str) -> None:
        self._fenced(reader)
        if self._entries.pop(_number(entry.id), None):
            head = entry.blob[:PARKED_BYTES].hex()
            self._parked.append({"id": entry.id, "reason": reason, "bytes": str(len(entry.blob)), "head": head})
            del self._parked[:-PARKED]
            self._counts["parked"] = self._counts.get("parked", 0) + 1
            parcel = entry.parcel
            if parcel and parcel.first + parcel.count <= self._next.get(parcel.producer, -1):
                self._accepted -= parcel.count

    def admit(self, producer: str, wanted: int, running: int) -> Grant:
        if self._start is None:
            return Grant(-1, 0, 0)
        self._heard(producer, running)
        under_way = sum(n for n, _ in self._running.values())
        room = capacity(self._rule(), self._start.version, self._accepted, under_way)
        granted = min(wanted, room)
        self._heard(producer, running + granted)
        return Grant(self._start.generation, self._start.version, granted)

    def append(self, parcel: Parcel, running: int) -> Answer:
        if self._start is None or self._start.generation != parcel.generation:
            return Answer.DEAD
        past, due, rule = parcel.first + parcel.count, self._next.get(parcel.producer, 0), self._rule()
        if past <= due:
            self._heard(parcel.producer, running)
            return Answer.DUPLICATE
        if len(self._entries) >= rule.max_entries or self._bytes() + len(parcel.blob) > rule.max_bytes:
            self._heard(parcel.producer, running + parcel.count)
            return Answer.FULL
        self._heard(parcel.producer, running)
        self.put(parcel, parcel.blob)
        self._next[parcel.producer] = past
        self._accepted += past - max(parcel.first, due)
        return Answer.TAKEN

    def put(self, parcel: Parcel | None, blob: bytes) -> None:
        """Add an entry past all checks, as a stranger might."""
        self._added += 1
        self._entries[self._added] = Entry(f"{self._added}-0", parcel, blob)

    def vitals(self) -> Vitals:
        start, unread = self._start, sum(i > self._given for i in self._entries)
        generation, version = (start.generation, start.version) if start else (-1, 0)
        waiting = max(0, self._accepted - version * start.rule.batch) if start else 0
        running = sum(n for n, _ in self._running.values())
        return Vitals(
            generation, version, waiting, running, unread, len(self._entries), self._bytes(), 0.0, len(self._parked),
            dict(self._counts),
        )  # fmt: skip

    def parked(self) -> list[dict[str, str]]:
        return list(self._parked)

    def _rule(self) -> Rule:
        assert self._start is not None
        return self._start.rule

    def _bytes(self) -> int:
        return sum(len(entry.blob) for entry in self._entries.values())

    def _heard(self, producer: str, running: int) -> None:
        now = self._now()
        self._running = {p: (n, until) for p, (n, until) in self._running.items() if until > now}
        self._running[producer] = (running, now + self._lease_s)

    def _fenced(self, reader: str) -> Start:
        if self._start is None or self._start.reader != reader:
            raise superseded(self.job)
        return self._start


def _number(entry_id: str) -> int:
    return int(entry_id.partition("-")[0])
