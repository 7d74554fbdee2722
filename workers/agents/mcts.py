"""Looks ahead in games of open information, by Monte-Carlo tree search with random playouts.

It rebuilds the position from the moves that its view tells, so it can see no more than any other player.
"""

import json
from typing import cast

import pyspiel

from arena.core.agents import Table, Turn
from arena.core.errors import CannotPlay
from games import catalog
from games.openspiel import SpielRules

KIND = {
    "needs": {"information": "open", "chance": "none", "engine": "openspiel", "playouts": "quick"},
    "spec": {
        "type": "object",
        "properties": {
            "simulations": {"type": "integer", "minimum": 1, "maximum": 100_000, "default": 100},
            "exploration": {"type": "number", "exclusiveMinimum": 0, "maximum": 100, "default": 1.4},
        },
        "additionalProperties": False,
    },
}
MEMORY_MB = 256


class MctsAgent:
    """One search a turn; a proven win or loss ends it early."""

    view: str | None = "json"

    def __init__(self, rules: SpielRules, table: Table, simulations: int, exploration: float) -> None:
        self._rules, self._variant = rules, table.variant
        game = rules.game(table.variant)
        rollouts = pyspiel.RandomRolloutEvaluator(1, table.random.getrandbits(31))
        seed = table.random.getrandbits(31)
        self._bot = pyspiel.MCTSBot(game, rollouts, exploration, simulations, MEMORY_MB, True, seed, False)

    def act(self, turn: Turn) -> str:
        state = self._rules.told(self._variant, json.loads(turn.view))
        return state.name_of(self._bot.step(state.spiel))


def build(spec: dict[str, object], table: Table) -> MctsAgent:
    """An agent for one seat of one match.

    Raises:
        CannotPlay: the game hides something, or its moves do not tell the position.
    """
    rules = catalog.load(table.game)
    if not isinstance(rules, SpielRules) or rules.facts.hidden or rules.facts.chance:
        what = f"mcts cannot play {table.game}: it needs an OpenSpiel game of open information without chance."
        raise CannotPlay(what, todo="Seat it at a board game such as connect_four.")
    simulations = int(cast(int, spec.get("simulations", 100)))
    exploration = cast(float, spec.get("exploration", 1.4))
    return MctsAgent(rules, table, simulations, exploration)
