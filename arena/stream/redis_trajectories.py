"""`Trajectories` on Redis or Valkey: a stream, a group of one consumer, a few small hashes, all changed by scripts."""

from typing import Any, cast

import redis
from redis.exceptions import OutOfMemoryError, ResponseError

from arena.stream import scripts
from arena.stream.redis import CONTROL, LEARNERS, TRAJECTORIES
from arena.stream.results import entries
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

CONSUMER = "learner"
LONGEST_WAIT_MS = 1000
PARTS = ("", CONTROL, ":running", ":leases", ":next", ":counts", ":parked")


class RedisTrajectories:
    """See `arena.stream.trajectories.Trajectories`."""

    def __init__(self, client: redis.Redis, job: str, lease_ms: int = LEASE_MS) -> None:
        self.job = job
        self._client = client
        self._lease_ms = lease_ms
        self._keys = [f"{TRAJECTORIES}:{job}{part}" for part in PARTS]
        self._stream, self._control, self._running, _, _, self._counts, self._parked = self._keys
        self._scripts: dict[str, Any] = {}

    def begin(self, start: Start) -> None:
        rule = start.rule
        bounds = (rule.batch, rule.max_staleness, rule.max_running, rule.max_bytes, rule.max_entries)
        marks = [part for pair in start.marks.items() for part in pair]
        self._run(scripts.BEGIN, start.reader, start.generation, start.version, *bounds, LEARNERS, *marks)

    def publish(self, reader: str, version: int) -> None:
        self._run(scripts.PUBLISH, reader, version)

    def read(self, reader: str, after: str, count: int) -> list[Entry]:
        found = self._run(scripts.READ, reader, LEARNERS, CONSUMER, after, count)
        return [_entry(i.decode(), fields or []) for i, fields in found]

    def wait(self, after: str, block_ms: int) -> None:
        # Well below the client's socket timeout, which would look like a lost server.
        self._client.xread({self._stream: after}, count=1, block=max(1, min(block_ms, LONGEST_WAIT_MS)))

    def settle(self, reader: str, tally: Tally) -> None:
        counts = [part for pair in tally.counts.items() for part in pair]
        done = [part for pair in tally.done for part in pair]
        self._run(
            scripts.SETTLE, reader, LEARNERS, tally.number, tally.dropped, len(tally.counts), *counts, *done
        )  # fmt: skip

    def park(self, reader: str, entry: Entry, reason: str) -> None:
        parcel = entry.parcel or Parcel("", 0, 0, 0, b"")
        said = (len(entry.blob), parcel.count, reason, entry.blob[:PARKED_BYTES], PARKED)
        past = parcel.first + parcel.count
        self._run(scripts.PARK, reader, LEARNERS, entry.id, *said, parcel.producer, past)

    def admit(self, producer: str, wanted: int, running: int) -> Grant:
        return Grant(*self._run(scripts.ADMIT, producer, wanted, running, self._lease_ms))

    def append(self, parcel: Parcel, running: int) -> Answer:
        numbers = (parcel.generation, parcel.first, parcel.count, parcel.blob, running, self._lease_ms)
        try:
            return Answer(self._run(scripts.APPEND, parcel.producer, *numbers).decode())
        except OutOfMemoryError:  # the server's own bound, which others fill too
            return Answer.FULL

    def vitals(self) -> Vitals:
        with self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(self._control)
            pipe.hvals(self._running)
            pipe.hgetall(self._counts)
            pipe.xlen(self._stream)
            pipe.xlen(self._parked)
            pipe.time()
            control, running, counts, length, parked, (seconds, _) = pipe.execute()
        own = {name.decode(): int(value) for name, value in control.items() if name != b"reader"}
        pending, oldest = self._unread()
        version, accepted = own.get("version", 0), own.get("accepted", 0)
        return Vitals(
            own.get("generation", -1), version, max(0, accepted - version * own.get("batch", 0)),
            sum(map(int, running)), max(0, length - pending), length, own.get("bytes", 0),
            max(0.0, seconds - oldest) if oldest else 0.0, parked,
            {name.decode(): int(value) for name, value in counts.items()},
        )  # fmt: skip

    def parked(self) -> list[dict[str, str]]:
        found = cast(list[tuple[bytes, dict[bytes, bytes]]], self._client.xrange(self._parked))
        return [
            {"id": i.decode(), "reason": f[b"reason"].decode(), "bytes": f[b"bytes"].decode(), "head": f[b"head"].hex()}
            for i, f in found
        ]

    def delete(self) -> None:
        self._client.delete(*self._keys)

    def _unread(self) -> tuple[int, float]:
        """(entries given out and not acknowledged, when the oldest of the others was added in Unix seconds or 0)."""
        try:
            groups = self._client.xinfo_groups(self._stream)
        except ResponseError:  # no such key
            return 0, 0.0
        if not groups:
            return 0, 0.0
        last = groups[0]["last-delivered-id"]
        reply = self._client.xread({self._stream: last}, count=1)
        found = entries(reply)
        return groups[0]["pending"], int(found[0][0].partition(b"-")[0]) / 1000 if found else 0.0

    def _run(self, text: str, *arguments: str | bytes | int) -> Any:
        if text not in self._scripts:
            self._scripts[text] = self._client.register_script(scripts.KEYS + text)
        try:
            return self._scripts[text](keys=self._keys, args=arguments)
        except ResponseError as error:
            if "SUPERSEDED" in str(error) or "NOGROUP" in str(error):
                raise superseded(self.job) from None
            raise


def _entry(entry_id: str, flat: list[bytes]) -> Entry:
    fields = dict(zip(flat[::2], flat[1::2], strict=False))
    blob = fields.get(b"blob", b"")
    try:
        generation, first, count = (int(fields[name]) for name in (b"generation", b"first", b"count"))
        parcel = Parcel(fields[b"producer"].decode(), generation, first, count, blob)
    except (KeyError, ValueError):
        parcel = None
    return Entry(entry_id, parcel, blob)
