"""Agents for the seats of a match: the registry of agent kinds, and each agent's own random stream."""

import random

from arena.core.agents import KINDS, Agent, Failed, Table, Turn
from arena.core.chance import derive
from arena.core.errors import BadSpec, CannotPlay, UnknownArtifact, UnknownBase
from arena.core.wire import MatchOrder, Stop

UNFIT = (BadSpec, CannotPlay, UnknownArtifact, UnknownBase)
"""What makes an agent that cannot be built its owner's fault: it would be the same however often it is tried."""


class Unfit:
    """In the seat of an agent that could not be built: it forfeits as soon as it is its turn, and says why."""

    view: str | None = None

    def __init__(self, why: str) -> None:
        self._why = why

    def act(self, turn: Turn) -> Failed:
        """It cannot."""
        return Failed(Stop.AGENT_FAULT, self._why)


def seat_agents(order: MatchOrder, *, forfeit: bool = False) -> list[Agent]:
    """Build the agents of a match. One that cannot be built forfeits its seat, or else it is raised what is wrong.

    An agent's stream comes from the match's sealed seed, its seat and its match: two legs on one seed share no stream.
    """
    agents: list[Agent] = []
    for seat, who in enumerate(order.seats):
        stream = random.Random(derive(order.seed, "agent", order.match_id, seat))
        playing = order.match_id, order.fence, who.version_id, who.secrets
        table = Table(order.game, order.variant, seat, stream, order.rounds, *playing)
        try:
            agents.append(KINDS.load(who.kind).build(who.spec, table))
        except UNFIT as error:
            if not forfeit:
                raise
            agents.append(Unfit(str(error)))
    return agents
