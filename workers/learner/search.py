"""What Monte-Carlo tree search would do in each position of a small open game: visit counts as soft targets.

The search knows the rules and nothing else; it plays its positions out at random. Each position is searched once.
"""

from collections.abc import Sequence

import numpy as np
import pyspiel

from arena.core.chance import derive
from arena.core.errors import BadTrainingSpec
from games import catalog
from games.openspiel import SpielRules
from workers.learner.positions import Floats, positions
from workers.learner.spec import Game

EXPLORATION = 1.4
MEMORY_MB = 64


class Searched:
    """Visit counts to the power `sharpen`, normalised, found when they are first asked for.

    Raises:
        BadTrainingSpec: it is no small open game of OpenSpiel's.
    """

    def __init__(self, game: Game, simulations: int, sharpen: float, seed: int) -> None:
        rules = catalog.load(game.name)
        if not isinstance(rules, SpielRules):
            raise BadTrainingSpec(f"Nothing can search {game.name}.", todo="Choose a game of OpenSpiel's.")
        self._positions = positions(game)
        self._game = rules.game(game.variant)
        self._ids = {name: i for i, name in enumerate(rules.actions(game.variant))}
        self._simulations, self._sharpen, self._seed = simulations, sharpen, seed
        self._known: dict[int, Floats] = {}

    @property
    def prompts(self) -> Sequence[str]:
        return self._positions.prompts

    def choice(self, place: int) -> Floats:
        if place not in self._known:
            state = self._game.new_initial_state()
            for name in self._positions.moves[place]:
                state.apply_action(self._ids[name])
            seed = derive(self._seed, "search", place) & 0x7FFFFFFF
            rollouts = pyspiel.RandomRolloutEvaluator(1, seed)
            bot = pyspiel.MCTSBot(
                self._game, rollouts, EXPLORATION, self._simulations, MEMORY_MB, False, seed, False
            )  # fmt: skip
            visits = {child.action: child.explore_count for child in bot.mcts_search(state).children}
            counts = np.array([visits.get(a, 0) for a in state.legal_actions()], np.float64)
            weight = (counts / counts.max()) ** self._sharpen
            self._known[place] = weight / weight.sum()
        return self._known[place]
