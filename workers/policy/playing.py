"""A policy that never changes, at the table: it draws legal actions. All matches of a process ask it together."""

from typing import Any

import numpy as np

from arena.core.agents import Table, Turn
from games import catalog
from games.session import round_view
from workers.policy.batching import Gatherer
from workers.policy.inference import Held, Position
from workers.policy.policy import Policy
from workers.policy.prompts import FORMATS

REMEMBERED = 50_000
"""Positions each of them remembers; then all are forgotten."""


class Asked:
    """A policy in memory. Positions scored once are remembered."""

    def __init__(self, policy: Policy) -> None:
        self._gatherer = Gatherer(Held(policy).score)
        self._known: dict[tuple[str, tuple[str, ...]], list[float]] = {}

    async def probabilities(self, prompt: str, legal: tuple[str, ...]) -> list[float]:
        """What the policy would do."""
        key = prompt, legal
        known = self._known.get(key)
        if known is None:
            answer = await self._gatherer.score(Position(prompt, legal))
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = np.exp(answer.logps.astype(np.float64)).tolist()
        return known


class PolicyAgent:
    """Plays one seat.

    Args:
        read: `view`, the view it reads, and `prompt`, the format that makes a prompt of it.
        alone: a rated session's views begin with how it stands; it never read such a line.
    """

    def __init__(self, asked: Asked, table: Table, read: dict[str, Any], *, alone: bool = False) -> None:
        self.view: str | None = read["view"]
        self._asked, self._table, self._read, self._alone = asked, table, read, alone
        self._facts = catalog.load(table.game).facts

    async def act(self, turn: Turn) -> str:
        """Draw an action."""
        view = round_view(turn.view, self._read["view"]) if self._alone else turn.view
        prompt = FORMATS[self._read["prompt"]](self._facts, view, turn.legal)
        probabilities = await self._asked.probabilities(prompt, tuple(turn.legal))
        return self._table.random.choices(turn.legal, probabilities)[0]
