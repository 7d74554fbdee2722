"""Plays a solved game perfectly, and among perfect actions the one that asks most of a player who errs.

Ties that are left are broken at random.
"""

from arena.core.agents import Table, Turn
from arena.core.errors import CannotPlay
from games import catalog
from games.solve import minimax, oracle

KIND = {
    "needs": {"oracle": "minimax", "solved": 1},
    "spec": {"type": "object", "properties": {}, "additionalProperties": False},
}


class MinimaxAgent:
    """Looks the position up."""

    view: str | None = "compact"

    def __init__(self, solved: oracle.Table, table: Table) -> None:
        self._solved = solved
        self._random = table.random

    def act(self, turn: Turn) -> str:
        return self._random.choice(self._solved.best(turn.view))


def build(spec: dict[str, object], table: Table) -> MinimaxAgent:
    """An agent for one seat of one match; the game is solved once in a process.

    Raises:
        CannotPlay: the game has no exact solution.
    """
    rules = catalog.load(table.game)
    if rules.facts.oracle != "minimax":
        raise CannotPlay(f"minimax cannot play {table.game}.", todo="Seat it at a game whose oracle is minimax.")
    return MinimaxAgent(minimax.solve(rules, table.variant), table)
