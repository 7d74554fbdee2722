"""Who may hold a seat of a training match, and the pool of older versions that opponents are drawn from."""

import json
import random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from arena.core.agents import KINDS, Agent, Table, Turn
from arena.core.chance import Chance, derive
from arena.core.errors import CannotPlay
from games.rules import State
from workers.learner.parts import OPPONENTS
from workers.learner.spec import Game, Opponent
from workers.policy.policy import Weights


@dataclass(frozen=True, slots=True)
class Current:
    """The newest policy, learning from what it does here."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """An older version, which is only played against."""

    version: int


@dataclass(frozen=True, slots=True)
class Named:
    """An agent of the arena."""

    agent: str
    spec: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return f"{self.agent}:{json.dumps(self.spec, sort_keys=True)}"

    def sit(self, game: Game, seat: int, seed: int) -> Agent:
        """The agent, in a seat of the match of that seed."""
        stream = random.Random(derive(seed, "agent", seat))
        return KINDS.load(self.agent).build(dict(self.spec), Table(game.name, game.variant, seat, stream, game.rounds))


Occupant = Current | Frozen | Named
AGENT_CLOCK_S = 60.0


def ask(agent: Agent, state: State, game: Game, plies: int) -> str:
    """What an agent does where it is its turn; it may not be legal. Raises `CannotPlay` if it must be waited for."""
    view = game.view if agent.view == "" else agent.view
    seen = "" if view is None else state.view(state.seat, view)
    reply = agent.act(Turn(seen, state.legal(), plies, AGENT_CLOCK_S))
    if not isinstance(reply, str):
        what = f"{type(agent).__name__} must be waited for, and all matches are played side by side."
        raise CannotPlay(what, todo="Play against agents that answer at once.")
    return reply


@dataclass(slots=True)
class Pool:
    """Older versions, oldest first. The learner fills it; rollout hosts hold a copy."""

    every: int = 50
    size: int = 8
    members: "OrderedDict[int, Weights]" = field(default_factory=OrderedDict)

    @property
    def versions(self) -> list[int]:
        return list(self.members)

    def offer(self, version: int, weights: Callable[[], Weights]) -> None:
        """Take a version in if it is its turn; the oldest leaves a full pool."""
        if self.size and version % self.every == 0 and version not in self.members:
            self.members[version] = weights()
            if len(self.members) > self.size:
                self.members.popitem(last=False)

    def state(self) -> dict[int, Weights]:
        """For exact resume."""
        return {version: dict(weights) for version, weights in self.members.items()}

    def load(self, state: Mapping[int, Weights]) -> None:
        self.members = OrderedDict(sorted(state.items()))


Sampler = Callable[[Pool, float], Occupant]
"""(the pool, a draw in [0, 1)) -> who sits in the other seats of one match."""


class Mixture:
    """Draws the other seats' occupant of each match by the weights of the spec."""

    def __init__(self, opponents: list[Opponent]) -> None:
        total = sum(o.weight for o in opponents)
        self._choices = [(i, o.weight / total) for i, o in enumerate(opponents)]
        self._samplers: list[Sampler] = [OPPONENTS.load(o.kind).build(o.spec) for o in opponents]

    def seat(self, seats: int, number: int, pool: Pool, chance: Chance) -> list[Occupant]:
        """Who sits where in the match of this number. The learner's own seat turns from match to match."""
        sampler = self._samplers[chance.outcome(self._choices)] if len(self._choices) > 1 else self._samplers[0]
        other = sampler(pool, chance.uniform())
        own = number % seats
        return [Current() if seat == own else other for seat in range(seats)]
