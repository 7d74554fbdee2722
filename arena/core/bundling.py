"""Makes bundles: trajectories go in as they were played, and what they share is written once. One writer a bundler."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct

from arena.core.trajectory import FREE, Bundle, Setting, Source, Trajectory, Turn
from arena.core.wire import Stop

Tokens = tuple[int, ...]
LegalSet = tuple[Tokens, ...]
T = TypeVar("T", bound=Hashable)


class Decision(Struct, gc=False):
    """One decision as it was played. The fields are those of `Turn`, with the things themselves for their places."""

    prompt: Tokens
    source: Source
    logps: list[float]
    legal: LegalSet | None = None
    """None for a text that was written freely."""
    action: int = FREE
    tokens: Tokens = ()
    reward: float = 0.0


class Places(Generic[T]):
    """Numbers things in the order they are first met; the very same thing is known again without looking into it."""

    def __init__(self) -> None:
        self.all: dict[T, int] = {}
        self._met: dict[int, tuple[T, int]] = {}

    def at(self, thing: T) -> int:
        """Its place."""
        met = self._met.get(id(thing))
        if met is None:  # what was met is kept, so that no other takes its id
            met = self._met[id(thing)] = thing, self.all.setdefault(thing, len(self.all))
        return met[1]


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
        there = [self._opponents.at(who) for who in opponents]
        wire = [self._turn(decision) for decision in turns]
        self._trajectories.append(Trajectory(self._settings.at(setting), seat, there, wire, score, stop))

    def bundle(self) -> Bundle:
        """Everything added since the last bundle; at least one trajectory must have been."""
        job, generation, producer = self._of
        made = Bundle(
            job=job, generation=generation, producer=producer, first=self._first, settings=list(self._settings.all),
            sources=list(self._sources.all), opponents=list(self._opponents.all),
            prompts=[list(p) for p in self._prompts.all],
            legal=[[list(text) for text in texts] for texts in self._legal.all], trajectories=self._trajectories,
        )  # fmt: skip
        self._first += len(self._trajectories)
        self._clear()
        return made

    def _clear(self) -> None:
        self._settings: Places[Setting] = Places()
        self._sources: Places[Source] = Places()
        self._opponents: Places[str] = Places()
        self._prompts: Places[Tokens] = Places()
        self._legal: Places[LegalSet] = Places()
        self._trajectories: list[Trajectory] = []

    def _turn(self, made: Decision) -> Turn:
        legal = FREE if made.legal is None else self._legal.at(made.legal)
        prompt, source = self._prompts.at(made.prompt), self._sources.at(made.source)
        return Turn(prompt, legal, made.action, source, made.logps, list(made.tokens), made.reward)
