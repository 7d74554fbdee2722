"""Gathers finished matches into a bundle: what turns share is written once."""

from typing import Generic, TypeVar

from arena.core.trajectory import FREE, Bundle, Setting, Source, Trajectory, Turn
from workers.policy.policy import LegalSet, Tokens
from workers.rollout.scorer import Known
from workers.rollout.table import Chosen, Table

Thing = TypeVar("Thing")


class _Places(Generic[Thing]):
    """Numbers things in the order they are first met."""

    def __init__(self) -> None:
        self.of: dict[Thing, int] = {}

    def at(self, thing: Thing) -> int:
        return self.of.setdefault(thing, len(self.of))


class Bundler:
    """One bundle in the making. The learning policy is the same in all of its matches."""

    def __init__(self, settings: list[Setting], source: Source) -> None:
        self._settings, self._source = settings, source
        self._opponents: _Places[str] = _Places()
        self._prompts: _Places[Tokens] = _Places()
        self._legal: _Places[LegalSet] = _Places()
        self._known: dict[int, tuple[int, int]] = {}
        self._kept: list[Known] = []
        self.trajectories: list[Trajectory] = []

    def add(self, table: Table) -> None:
        """One trajectory for each learning seat that decided anything."""
        assert table.scores is not None
        for seat, holder in enumerate(table.holders):
            chosen = table.turns[seat]
            if not holder.learns or not chosen:
                continue
            score = table.scores[seat]
            after = [c.total for c in chosen[1:]] + [score]
            turns = [self._turn(c, total - c.total) for c, total in zip(chosen, after, strict=True)]
            others = [self._opponents.at(h.name) for place, h in enumerate(table.holders) if place != seat]
            self.trajectories.append(Trajectory(table.setting, seat, others, turns, score, table.stops[seat]))

    def _turn(self, chosen: Chosen, reward: float) -> Turn:
        known = chosen.known
        places = self._known.get(id(known))
        if places is None:
            places = self._known[id(known)] = self._prompts.at(known.prompt), self._legal.at(known.legal)
            self._kept.append(known)  # so that no other takes its id
        legal = FREE if chosen.tokens else places[1]
        return Turn(places[0], legal, chosen.action, 0, chosen.logps, list(chosen.tokens), reward)

    def close(self, job: str, generation: int, producer: str, first: int) -> Bundle:
        """The bundle."""
        return Bundle(
            job=job, generation=generation, producer=producer, first=first, settings=self._settings,
            sources=[self._source], opponents=list(self._opponents.of), prompts=[list(p) for p in self._prompts.of],
            legal=[[list(a) for a in actions] for actions in self._legal.of], trajectories=self.trajectories,
        )  # fmt: skip
