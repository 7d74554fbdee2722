"""The stream `trajectories:<job>` and its counters, as producers and the learner use them. See docs/trajectories.md.

One interface, two stores: `RedisTrajectories` and its in-memory twin. What is read is made sense of in `intake`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from arena.core.errors import Superseded
from arena.stream.admission import Rule

PARKED = 100
"""How many parked messages a job keeps, the newest."""
PARKED_BYTES = 4096
"""How much of each is kept."""
LEASE_MS = 60_000
"""How long a producer's running trajectories count after it was last heard of."""


def superseded(job: str) -> Superseded:
    """The error of a learner that is no longer the job's."""
    return Superseded(f"The trajectories of {job} have another reader, or none.", todo="Begin from the resume point.")


class Answer(StrEnum):
    """What became of an appended bundle."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    """It had been taken before: nothing to do."""
    FULL = "full"
    """There is no room: keep it, wait, and send it again."""
    DEAD = "dead"
    """No learner is there, or it has another generation: throw the bundle away and ask anew."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A packed bundle with what the stream must know of it without opening it."""

    producer: str
    generation: int
    first: int
    count: int
    blob: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """A parcel as it lies in the stream. What is no parcel at all has None for one and its bytes beside it."""

    id: str
    parcel: Parcel | None
    blob: bytes


@dataclass(frozen=True, slots=True)
class Grant:
    """What a producer may start: for which generation and with a policy not older than which version.

    `generation` is -1 while no learner has begun."""

    generation: int
    version: int
    granted: int


@dataclass(frozen=True, slots=True)
class Start:
    """How a learner begins: what it is, where it stands, and what it has learnt from in this generation."""

    reader: str
    generation: int
    version: int
    rule: Rule
    marks: dict[str, int]
    """Producer to the sequence number before which all was learnt from or dropped."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a reader did since its last tally. Tallies are numbered, so that one sent twice counts once."""

    number: int
    dropped: int
    """Trajectories that were accepted and will not be learnt from: their room is given back."""
    counts: dict[str, int]
    done: list[tuple[str, int]]
    """Ids and sizes of entries that need not be read again."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """Plain figures of one job."""

    generation: int
    version: int
    waiting: int
    """Trajectories accepted and not yet made into a version."""
    running: int
    unread_entries: int
    entries: int
    bytes: int
    oldest_s: float
    """Age of the oldest entry that nobody has read; 0 when there is none."""
    parked: int
    counts: dict[str, int]
    """Trajectories ever: `taken`, `duplicate`, `generation`, `stale`, `unborn`, `parked` (entries), and `age:K`: learnt
    from K versions old."""

    @property
    def max_staleness(self) -> int:
        """The oldest ever learnt from, in versions."""
        return max((int(k[4:]) for k, n in self.counts.items() if k.startswith("age:") and n), default=0)


class Trajectories(Protocol):
    """One job's stream and counters."""

    job: str

    def begin(self, start: Start) -> None:
        """The learner's first call. A new generation forgets the producers of the old one.

        Raises:
            Superseded: a later generation has begun.
        """
        ...

    def publish(self, reader: str, version: int) -> None:
        """The learner has this version now. Raises `Superseded`."""
        ...

    def read(self, reader: str, after: str, count: int) -> list[Entry]:
        """Up to `count` entries, oldest first, without waiting: those given out before and later than the id
        `after`, else new ones. So a reply that was lost is given again. Raises `Superseded`."""
        ...

    def wait(self, after: str, block_ms: int) -> None:
        """Until there is an entry later than `after`, or the time is up, or sooner."""
        ...

    def settle(self, reader: str, tally: Tally) -> None:
        """Acknowledge and delete what is done, give room back, count. Raises `Superseded`."""
        ...

    def park(self, reader: str, entry: Entry, reason: str) -> None:
        """Move a message that cannot be read out of the way. Raises `Superseded`."""
        ...

    def admit(self, producer: str, wanted: int, running: int) -> Grant:
        """Up to `wanted` trajectories to start, for a producer of which `running` are under way."""
        ...

    def append(self, parcel: Parcel, running: int) -> Answer:
        """Send a bundle; `running` is what the producer has under way once it is taken."""
        ...

    def vitals(self) -> Vitals: ...

    def parked(self) -> list[dict[str, str]]:
        """The parked messages, oldest first: `id`, `reason`, `bytes`, `head` (in hexadecimal)."""
        ...

    def delete(self) -> None:
        """Remove everything of the job."""
        ...
