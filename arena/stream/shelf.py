"""What the learner has read and not learnt from: which of it is new, fresh and next. Pure: it knows no server."""

from collections import deque
from dataclasses import dataclass
from itertools import groupby

from msgspec.structs import replace

from arena.core.trajectory import Bundle


@dataclass(slots=True)
class Held:
    """An entry that was read and not acknowledged."""

    id: str
    size: int
    left: int = 0
    """Trajectories neither learnt from nor dropped."""
    taken: bool = False
    """Whether any was learnt from: then it stays in the stream until the resume point says so."""

    @property
    def useless(self) -> bool:
        """Nothing was learnt from it and nothing will be: it need not be read again."""
        return not self.left and not self.taken


@dataclass(slots=True)
class Piece:
    """Trajectories in a row of one bundle that policies of the same versions played."""

    held: Held
    bundle: Bundle
    start: int
    stop: int
    versions: tuple[int, int] | None
    """The oldest and the newest of their turns; None when none was played."""

    def __len__(self) -> int:
        return self.stop - self.start


class Shelf:
    """Trajectories in the order of the stream, each producer's in its own order."""

    def __init__(self, marks: dict[str, int], max_staleness: int) -> None:
        self.counts: dict[str, int] = {}
        """What became of trajectories, by name; whoever reports them empties it."""
        self.dropped = 0
        """How many that had been accepted were dropped; likewise."""
        self.floor = 0
        """Versions before it were left behind by a roll-back: nothing is learnt from what they played."""
        self._arrived = dict(marks)
        self._max_staleness = max_staleness
        self._pieces: deque[Piece] = deque()

    def put(self, held: Held, bundle: Bundle) -> None:
        """Queue what has not arrived before: a repeat is dropped, a bundle that overlaps one is cut."""
        count = len(bundle.trajectories)
        start = min(count, max(0, self._arrived.get(bundle.producer, 0) - bundle.first))
        self.count("duplicate", start)
        held.left = count - start
        if held.left:
            self._arrived[bundle.producer] = bundle.first + count
        for versions, run in groupby(range(start, count), key=_versions(bundle).__getitem__):
            numbers = list(run)
            self._pieces.append(Piece(held, bundle, numbers[0], numbers[-1] + 1, versions))

    def has(self, count: int, version: int) -> bool:
        """Drop what may not be learnt from among the first `count`; whether that many are there."""
        kept: deque[Piece] = deque()
        found = 0
        while self._pieces and found < count:
            piece = self._pieces.popleft()
            if reason := self._unfit(piece, version):
                self.dropped += len(piece)
                self.count(reason, len(piece))
                self._pass(piece, piece.stop)
            else:
                kept.append(piece)
                found += len(piece)
        self._pieces.extendleft(reversed(kept))
        return found >= count

    def cut(self, count: int, version: int) -> list[Bundle]:
        """The first `count`, which `has` has found to be there."""
        taken: list[Bundle] = []
        while count:
            piece = self._pieces[0]
            run = piece.bundle.trajectories[piece.start : min(piece.stop, piece.start + count)]
            taken.append(replace(piece.bundle, first=piece.bundle.first + piece.start, trajectories=run))
            count -= len(run)
            self.count("taken", len(run))
            self.count(f"age:{version - piece.versions[0] if piece.versions else 0}", len(run))
            piece.held.taken = True
            self._pass(piece, piece.start + len(run))
            if not piece:
                self._pieces.popleft()
        return taken

    def marks(self) -> dict[str, int]:
        """Producer to the sequence number before which everything was learnt from or dropped."""
        marks = dict(self._arrived)
        for piece in reversed(self._pieces):
            marks[piece.bundle.producer] = piece.bundle.first + piece.start
        return marks

    def count(self, name: str, number: int) -> None:
        """Note what became of so many trajectories."""
        if number:
            self.counts[name] = self.counts.get(name, 0) + number

    def _unfit(self, piece: Piece, version: int) -> str | None:
        oldest, newest = piece.versions or (version, version)
        if newest > version:
            return "unborn"
        if oldest < self.floor:
            return "left"
        return "stale" if version - oldest > self._max_staleness else None

    def _pass(self, piece: Piece, stop: int) -> None:
        """The piece's trajectories up to `stop` are learnt from or dropped."""
        piece.held.left -= stop - piece.start
        piece.start = stop


def _versions(bundle: Bundle) -> list[tuple[int, int] | None]:
    """The oldest and the newest policy version in each trajectory."""
    versions = [source.version for source in bundle.sources]
    if len(set(versions)) == 1:
        only = (versions[0], versions[0])
        return [only if t.turns else None for t in bundle.trajectories]
    played = ([versions[turn.source] for turn in t.turns] for t in bundle.trajectories)
    return [(min(p), max(p)) if p else None for p in played]
