"""Plays an equilibrium of a small poker game: no opponent can gain much from it, whatever it does.

It samples from the average policy of CFR+, action by action.
"""

from arena.core.agents import Table, Turn
from arena.core.errors import CannotPlay
from games import catalog
from games.solve import cfr, oracle

KIND = {
    "needs": {"oracle": "cfr", "variant": "standard"},
    "spec": {"type": "object", "properties": {}, "additionalProperties": False},
}


class CfrAgent:
    """Looks the information set up and draws."""

    view: str | None = "compact"

    def __init__(self, solved: oracle.Policy, table: Table) -> None:
        self._solved = solved
        self._random = table.random

    def act(self, turn: Turn) -> str:
        probabilities = self._solved.action_probabilities(turn.view)
        return self._random.choices(list(probabilities), list(probabilities.values()))[0]


def build(spec: dict[str, object], table: Table) -> CfrAgent:
    """An agent for one seat of one match; the game is solved once in a process.

    Raises:
        CannotPlay: the game or the variant has no equilibrium to look up.
    """
    rules = catalog.load(table.game)
    if rules.facts.oracle != "cfr" or table.variant != "standard":
        what = f"cfr cannot play {table.game}/{table.variant}."
        raise CannotPlay(what, todo="Seat it at the standard variant of a game whose oracle is cfr.")
    return CfrAgent(cfr.solve(rules, table.variant), table)
