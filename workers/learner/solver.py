"""What CFR+ would do in each information set of a small hidden game: its equilibrium as soft targets."""

from collections.abc import Sequence

import numpy as np

from arena.core.errors import BadTrainingSpec
from games import catalog
from games.solve import cfr
from workers.learner.batch import Floats
from workers.learner.infosets import infosets
from workers.learner.spec import Game


class Solved:
    """CFR+'s average policy.

    Raises:
        BadTrainingSpec: there is no solver for the game, or it is too large to walk.
    """

    def __init__(self, game: Game) -> None:
        self._sets = infosets(game)
        try:
            self._solved = cfr.solve(catalog.load(game.name), game.variant)
        except ValueError as error:
            raise BadTrainingSpec(f"No solver: {error}.", todo="Choose kuhn_poker or leduc_poker.") from None

    @property
    def prompts(self) -> Sequence[str]:
        return [text for text, _ in self._sets.prompts]

    def choice(self, place: int) -> Floats:
        found = self._solved.action_probabilities(self._sets.views[place])
        return np.array([found[name] for name in self._sets.prompts[place][1]])
