"""Makes bundles: trajectories go in as they were played, and what they share is written once. One writer a bundler.

What is too large for a reader is cut in two; the parts are numbered like any bundles of their producer.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from arena.core.errors import BadTrajectory
from arena.core.trajectory import FREE, MAX_BYTES, Bundle, Setting, Source, Trajectory, Turn, weigh
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


def fit(bundle: Bundle) -> list[Bundle]:
    """The bundle, or its trajectories as several that are each small enough to be sent, in their order.

    Raises:
        BadTrajectory: one of its trajectories alone is too large.
    """
    size, count = weigh(bundle), len(bundle.trajectories)
    if size <= MAX_BYTES:
        return [bundle]
    if count == 1:
        what = f"One trajectory has {size} bytes; {MAX_BYTES} can be sent."
        raise BadTrajectory(what, todo="Set fewer `rounds` for the game, or a shorter `prompt` or `view`.")
    return [*fit(_part(bundle, 0, count // 2)), *fit(_part(bundle, count // 2, count))]


def _part(bundle: Bundle, start: int, stop: int) -> Bundle:
    """Some of its trajectories, with no more of what they share than they refer to."""
    shared = {"settings": bundle.settings, "sources": bundle.sources, "opponents": bundle.opponents,
              "prompts": bundle.prompts, "legal": bundle.legal}  # fmt: skip
    kept: dict[str, dict[int, int]] = {name: {} for name in shared}

    def at(name: str, place: int) -> int:
        return place if place == FREE else kept[name].setdefault(place, len(kept[name]))

    def moved(turn: Turn) -> Turn:
        prompt, legal, source = at("prompts", turn.prompt), at("legal", turn.legal), at("sources", turn.source)
        return replace(turn, prompt=prompt, legal=legal, source=source)

    trajectories = [
        replace(
            t, setting=at("settings", t.setting), opponents=[at("opponents", place) for place in t.opponents],
            turns=[moved(turn) for turn in t.turns],
        )
        for t in bundle.trajectories[start:stop]
    ]  # fmt: skip
    rest = {name: [things[place] for place in kept[name]] for name, things in shared.items()}
    return replace(bundle, first=bundle.first + start, trajectories=trajectories, **rest)
