"""The learner's end of `trajectories:<job>`: batches of what may be learnt from, each trajectory once.

A learner that goes on in the same generation keeps `Point.plain` inside its resume point. A training job does not: each
of its runs is a new generation.
"""

import dataclasses
import secrets
import time
from dataclasses import dataclass
from typing import Any

from arena.core.errors import BadSpec, BadTrajectory
from arena.core.trajectory import MAX_BYTES, Bundle, unpack
from arena.stream.admission import Rule
from arena.stream.shelf import Held, Shelf
from arena.stream.trajectories import Entry, Parcel, Start, Tally, Trajectories

READ_ENTRIES = 16


@dataclass(frozen=True, slots=True)
class Point:
    """Where an intake stands. Save `plain`, then hand the point to `acknowledge`."""

    plain: dict[str, Any]
    """`generation`, and `marks`: producer to the sequence number before which all was learnt from or dropped."""
    done: tuple[tuple[str, int], ...]


class Intake:
    """One learner's reader of one job. Not for several threads.

    `generation`, and what was saved of the last `Point`, decide what is read: within the same generation everything
    that the point has not seen learnt from, in the order of before; after a bump nothing of the former one.
    """

    def __init__(
        self, log: Trajectories, rule: Rule, generation: int, version: int = 0, saved: dict[str, Any] | None = None
    ) -> None:
        """Raises `Superseded` when a later generation has begun."""
        marks: dict[str, int] = saved["marks"] if saved and saved["generation"] == generation else {}
        self._log, self._rule, self._generation = log, rule, generation
        self.reader = secrets.token_hex(8)
        """What the server knows this learner by: whoever begins later takes its place."""
        self._shelf = Shelf(marks, rule.max_staleness)
        self._held: dict[str, Held] = {}
        self._seen = "0-0"
        self._tallies = 0
        self._unsent: Tally | None = None
        log.begin(Start(self.reader, generation, version, rule, marks))

    @property
    def crowded(self) -> bool:
        """Whether a resume point is due for the stream's sake: producers may be refused, and it would make room."""
        rule, held = self._rule, self._held.values()
        full = sum(h.size for h in held) > rule.max_bytes // 2 or len(held) > rule.max_entries // 2
        return full and not all(h.left for h in held)

    def take(self, count: int, version: int, max_wait_s: float) -> list[Bundle]:
        """Exactly `count` trajectories to be learnt from now by the learner of `version`, or none after `max_wait_s`.

        They come as bundles, each a run of one producer's (`first` and the number of trajectories name it), in the
        order of the stream. Each counts as learnt from when it is returned; none is more than `max_staleness` old.
        When the server is away, nothing that was read is lost: call again. When none came, and it is `crowded`, none
        may come before a point is acknowledged.

        Raises:
            Superseded: another learner has begun.
            BadSpec: the stream is full and holds less than `count`.
        """
        deadline = time.monotonic() + max_wait_s
        while not self._shelf.has(count, version):
            self._tell()  # the job may be waiting for nothing but the room of what was dropped
            entries = self._log.read(self.reader, self._seen, READ_ENTRIES)
            for entry in entries:
                self._receive(entry)
            rest_s = deadline - time.monotonic()
            if not entries and rest_s <= 0:
                self._check_room(count)
                return []
            if not entries:
                self._log.wait(self._seen, int(rest_s * 1000) + 1)
        return self._shelf.cut(count, version)

    def leave(self, version: int) -> None:
        """The learner went back, and is this version now: nothing that an earlier one played is learnt from."""
        self._shelf.floor = version

    def publish(self, version: int) -> None:
        """Tell producers the learner's version: it admits a batch more. Raises `Superseded`."""
        self._tell()
        self._log.publish(self.reader, version)

    def point(self) -> Point:
        """Where this stands: everything returned by `take` so far is learnt from."""
        plain = {"generation": self._generation, "marks": self._shelf.marks()}
        return Point(plain, tuple((held.id, held.size) for held in self._held.values() if not held.left))

    def acknowledge(self, point: Point) -> None:
        """The point is saved: what it has seen learnt from leaves the stream. Raises `Superseded`."""
        self._settle([pair for pair in point.done if pair[0] in self._held])

    def _receive(self, entry: Entry) -> None:
        held, parcel = Held(entry.id, len(entry.blob)), entry.parcel
        if entry.id in self._held:
            pass  # given again, by a server that forgot its last second
        elif parcel and parcel.generation != self._generation:
            self._shelf.count("generation", parcel.count)
            self._held[entry.id] = held
        else:
            try:
                bundle = _opened(entry, self._log.job)
            except BadTrajectory as error:
                self._log.park(self.reader, entry, error.what)
            else:
                self._shelf.put(held, bundle)
                self._held[entry.id] = held
        self._seen = entry.id  # last: what could not be parked now is given again

    def _tell(self) -> None:
        """Count, give back the room of what was dropped, acknowledge what nothing was learnt from."""
        if self._shelf.counts or self._unsent:
            self._settle([(held.id, held.size) for held in self._held.values() if held.useless])

    def _settle(self, done: list[tuple[str, int]]) -> None:
        # A tally whose answer was lost is sent again as it was: had it grown, the growth would not be counted.
        if self._unsent is None:
            self._tallies += 1
            self._unsent = Tally(self._tallies, self._shelf.dropped, self._shelf.counts, [])
            self._shelf.dropped, self._shelf.counts = 0, {}
        self._log.settle(self.reader, dataclasses.replace(self._unsent, done=done))
        self._unsent = None
        for entry_id, _ in done:
            del self._held[entry_id]

    def _check_room(self, count: int) -> None:
        """Nothing came. If that is because the stream is full of an unfinished batch, nothing ever will: what was
        learnt from to its end is not counted, since a point makes room of it."""
        rule, unfinished = self._rule, [held.size for held in self._held.values() if held.left]
        if sum(unfinished) > rule.max_bytes - MAX_BYTES or len(unfinished) >= rule.max_entries:
            what = f"{count} trajectories of this job do not fit into the stream's {rule.max_bytes} bytes."
            raise BadSpec(what, todo="Make the batch smaller: lower `learning.matches` or `learning.bundles`.")


def _opened(entry: Entry, job: str) -> Bundle:
    bundle = unpack(entry.blob)
    said = Parcel(bundle.producer, bundle.generation, bundle.first, len(bundle.trajectories), entry.blob)
    if bundle.job != job or entry.parcel != said:
        what = f"The bundle is of {bundle.job!r}, or is not what its entry says."
        raise BadTrajectory(what, todo="See who wrote it.")
    return bundle
