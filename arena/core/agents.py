"""What sits at a table: the contract of an agent, and all that one may see. Never the state.

An agent kind is one file under `workers/agents`: a `KIND` literal (what it can play and what its spec may hold) and
`build(spec, table)`, which gives an `Agent`.
"""

import random
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from arena.core.errors import UnknownKind
from arena.core.registry import Registry

KINDS = Registry("agent kind", ("workers.agents",), UnknownKind)
"""Agent kinds, read from their files without importing them: only who seats an agent loads what its kind needs."""

RESIGN = "resign"
"""The reply that gives a match up, where it is not itself a legal action."""


@dataclass(frozen=True, slots=True)
class Table:
    """What an agent is told when it is seated."""

    game: str
    variant: str
    seat: int
    random: random.Random
    """The agent's private random stream: all of its randomness comes from here, so that a match can be repeated."""
    rounds: int = 1
    """How many rounds of the game the match has. Where there are several, a view begins with how the session stands."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What an agent is told when it is its turn."""

    view: str
    """The state as this seat may know it, in the agent's own view or else the match's; empty if it asked for none."""
    legal: list[str]
    """The canonical legal actions."""
    ply: int
    """How many actions the match has seen."""
    clock_s: float
    """Seconds this agent has for this action."""


class Agent(Protocol):
    """Chooses actions for one seat of one match."""

    view: str | None
    """The view it reads: a view's name, "" for the match's own, or None for no text at all."""

    def act(self, turn: Turn) -> str | Awaitable[str]:
        """An action. It is checked by the referee: anything that is not legal costs from the seat's budget."""
        ...
