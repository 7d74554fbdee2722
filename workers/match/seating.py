"""Agents for the seats of a match: the registry of agent kinds, and each agent's own random stream."""

import random

from arena.core.agents import KINDS, Agent, Table
from arena.core.chance import derive
from arena.core.wire import MatchOrder


def seat_agents(order: MatchOrder) -> list[Agent]:
    """Build the agents of a match.

    An agent's stream comes from the match's sealed seed, its seat and its match: two legs on one seed share no stream.
    """
    agents: list[Agent] = []
    for seat, who in enumerate(order.seats):
        stream = random.Random(derive(order.seed, "agent", order.match_id, seat))
        playing = order.match_id, order.fence, who.version_id, who.secrets
        table = Table(order.game, order.variant, seat, stream, order.rounds, *playing)
        agents.append(KINDS.load(who.kind).build(who.spec, table))
    return agents
