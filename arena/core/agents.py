"""What sits at a table: the contract of an agent, and all that one may see. Never the state.

An agent kind is one file under `workers/agents`: a `KIND` literal and `build(spec, table)`, which gives an `Agent`.
The literal's keys are `needs` (what it needs of a game), `spec` (the JSON Schema of its spec) and, where they are not
as usual: `for_anyone` (anybody with a key may submit it, else an admin only), `qualifies` (it is not the arena's own
code that plays, so it must show that it can before it is rated), `at_once` (matches it plays at once, unless the spec
says how many), `leagues` (those it may play in, its usual one first, else open), `upload` and `checkpoint` (the field
of its spec that names weights which its owner uploaded, or the folder of what a job of its owner's trained, which has a
`content_hash` too), `base` (the field that names a model which the operator lists), `urls` (the spec's fields that lead
elsewhere: see `arena.core.egress`), `secrets` (names of what its owner tells in confidence, each with what it is) and
`connects` (it plays only while it is connected: see `arena.stream.presence`).
"""

import random
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from arena.core.errors import UnknownKind
from arena.core.registry import Registry
from arena.core.wire import Said, Stop

KINDS = Registry("player kind", ("workers.agents",), UnknownKind)
"""Agent kinds, read from their files without importing them: only who seats an agent loads what its kind needs."""


def kind_of(name: str) -> dict[str, Any]:
    """The literal of a kind; empty where its file is gone, or newer than this process."""
    return KINDS.literal(name, "KIND") if name in KINDS.names() else {}


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
    match_id: str = ""
    fence: int = 0
    """With the match's id it names one playing of the match: what belongs to an earlier lease is not this one's."""
    version_id: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """What the player's owner gave in confidence."""


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


@dataclass(frozen=True, slots=True)
class Reply:
    """An action with what stands behind it, for agents that have more to tell than the action."""

    action: str
    said: Said


@dataclass(frozen=True, slots=True)
class Failed:
    """In place of an action: the seat cannot go on, and forfeits. `stop` is `AGENT_FAULT`, `ABANDONED` or `TIMEOUT`."""

    stop: Stop
    why: str
    said: Said | None = None
    """What stands behind it."""


Answer = str | Reply | Failed


@dataclass(frozen=True, slots=True)
class Ending:
    """How a match ended for one seat."""

    score: float
    rank: int
    """1 is best; 0 where the match is void."""
    stop: Stop


class Agent(Protocol):
    """Chooses actions for one seat of one match."""

    view: str | None
    """The view it reads: a view's name, "" for the match's own, or None for no text at all."""

    def act(self, turn: Turn) -> Answer | Awaitable[Answer]:
        """An action. It is checked by the referee: anything that is not legal costs from the seat's budget.

        Raises:
            OwnFault: a part of the arena's own failed. The match is void and is played again. Anything else raised
                is the agent's fault.
        """
        ...


@runtime_checkable
class Listener(Protocol):
    """An agent that is to be told when its match is over."""

    async def over(self, ending: Ending) -> None:
        """The match is over. Nobody waits for this, and what it raises is logged."""
        ...
