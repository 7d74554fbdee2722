"""Makes bundles: trajectories go in as they were played, and what they share is written once. One writer a bundler."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TypeVar

from arena.core.trajectory import FREE, Bundle, Setting, Source, Trajectory, Turn
from arena.core.wire import Stop

Tokens = tuple[int, ...]
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as it was played. The fields are those of `Turn`, with the things themselves for their places."""

    prompt: Tokens
    source: Source
    logps: list[float]
    legal: tuple[Tokens, ...] | None = None
    action: int = FREE
    tokens: Tokens = ()
    reward: float = 0.0


class Bundler:
    """Collects the trajectories of one producer and hands them out as bundles, numbered on and on."""

    def __init__(self, job: str, generation: int, producer: str, first: int = 0) -> None:
        self._of = (job, generation, producer)
        self._first = first
        self._clear()

    def __len__(self) -> int:
        """How many trajectories wait to be handed out."""
        return len(self._trajectories)

    @property
    def next(self) -> int:
        """The sequence number of the trajectory that is added next."""
        return self._first + len(self._trajectories)

    def add(
        self, setting: Setting, seat: int, opponents: list[str], turns: list[Decision], ended: tuple[float, Stop]
    ) -> None:
        """What one learning seat did in one match, with its final return and why it stopped."""
        score, stop = ended
        there = [_place(self._opponents, who) for who in opponents]
        wire = [self._turn(decision) for decision in turns]
        self._trajectories.append(Trajectory(_place(self._settings, setting), seat, there, wire, score, stop))

    def bundle(self) -> Bundle:
        """Everything added since the last bundle; at least one trajectory must have been."""
        job, generation, producer = self._of
        made = Bundle(
            job=job, generation=generation, producer=producer, first=self._first, settings=list(self._settings),
            sources=list(self._sources), opponents=list(self._opponents), prompts=[list(p) for p in self._prompts],
            legal=[[list(text) for text in texts] for texts in self._legal], trajectories=self._trajectories,
        )  # fmt: skip
        self._first += len(self._trajectories)
        self._clear()
        return made

    def _clear(self) -> None:
        self._settings: dict[Setting, int] = {}
        self._sources: dict[Source, int] = {}
        self._opponents: dict[str, int] = {}
        self._prompts: dict[Tokens, int] = {}
        self._legal: dict[tuple[Tokens, ...], int] = {}
        self._trajectories: list[Trajectory] = []

    def _turn(self, made: Decision) -> Turn:
        legal = FREE if made.legal is None else _place(self._legal, made.legal)
        prompt, source = _place(self._prompts, made.prompt), _place(self._sources, made.source)
        return Turn(prompt, legal, made.action, source, made.logps, list(made.tokens), made.reward)


def _place(table: dict[T, int], thing: T) -> int:
    return table.setdefault(thing, len(table))
