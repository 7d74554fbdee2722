"""Every information set of a small game, so that a policy can be asked about all of them.

The tree is walked once. Chance and the other seats do not matter to what a policy answers; they do to what it is worth.
"""

from functools import lru_cache

import numpy as np
import pyspiel
from numpy.typing import NDArray

from arena.core.chance import Chance
from arena.core.errors import BadTrainingSpec
from games import catalog
from games.openspiel import SpielRules
from workers.learner.spec import Game
from workers.policy.policy import Policy
from workers.policy.prompts import FORMATS

Floats = NDArray[np.float64]
MOST = 50_000
"""Positions of a tree that is walked."""
TOO_LARGE = (
    "Leave out what walks every information set: the evaluation `nashconv` (take `references`), "
    "`learning.average = tabular` (take `weights`) and the regulariser `solver`."
)


class Infosets:
    """I information sets of a game with up to A actions each."""

    def __init__(self, rules: SpielRules, game: Game) -> None:
        self.rules, self.game = rules, rules.game(game.variant)
        self._game, self._template = game, rules.start(0, game.variant)
        self.names: list[str] = []
        """OpenSpiel's own, which its solvers go by."""
        self.legal: list[list[int]] = []
        self.before: list[tuple[int, int]] = []
        """The same seat's decision before it and what it then did, as places; (-1, 0) for its first."""
        self.views: list[str] = []
        """Compact views, which our own solvers go by."""
        self.prompts: list[tuple[str, list[str]]] = []
        """As the policy reads them, with the names of the legal actions."""
        self._place: dict[str, int] = {}
        self._walk()
        widest = max(map(len, self.legal))
        self.open_IA = np.arange(widest) < np.array([len(legal) for legal in self.legal])[:, None]

    def _walk(self) -> None:
        seats = self.game.num_players()
        ahead = [(self.game.new_initial_state(), ((-1, 0),) * seats)]
        walked = 0
        while ahead:
            here, last = ahead.pop()
            walked += 1
            if walked > MOST:
                what = f"{self._game.name} has more than {MOST} positions."
                raise BadTrainingSpec(what, todo=TOO_LARGE)
            if here.is_terminal():
                continue
            if here.is_chance_node():
                ahead.extend((here.child(a), last) for a in here.legal_actions())
                continue
            seat, place = here.current_player(), self._at(here, last)
            for number, action in enumerate(here.legal_actions()):
                ahead.append((here.child(action), (*last[:seat], (place, number), *last[seat + 1 :])))

    def _at(self, here: pyspiel.State, last: tuple[tuple[int, int], ...]) -> int:
        """The place of a position's information set, which is taken in when it is first met."""
        name = here.information_state_string()
        if name not in self._place:
            seat, state = here.current_player(), self._template.at(here, Chance(0))
            legal = state.legal()
            text = FORMATS[self._game.prompt](self.rules.facts, state.view(seat, self._game.view), legal)
            self._place[name] = len(self.names)
            self.names.append(name)
            self.legal.append(here.legal_actions())
            self.before.append(last[seat])
            self.views.append(state.view(seat, "compact"))
            self.prompts.append((text, legal))
        return self._place[name]

    def ask(self, policy: Policy) -> Floats:
        """The policy's probabilities in every information set; rows sum to one."""
        prompts = [policy.encode(text) for text, _ in self.prompts]
        legal = [tuple(policy.encode(name) for name in names) for _, names in self.prompts]
        found = np.zeros(self.open_IA.shape)
        for row, logps in zip(found, policy.score(prompts, legal), strict=True):
            row[: len(logps)] = np.exp(logps.astype(np.float64))
        return found / found.sum(1, keepdims=True)

    def reach(self, table_IA: Floats) -> Floats:
        """Of each information set: the chance that its seat's own choices lead there."""
        reach = np.empty(len(self.names))
        # A set is met after the seat's set before it, so its place is higher.
        for place, (before, action) in enumerate(self.before):
            reach[place] = 1.0 if before < 0 else reach[before] * table_IA[before, action]
        return reach

    def nash_conv(self, table_IA: Floats) -> float:
        """What the seats could gain in all by each playing its best response; 0 at an equilibrium."""
        rows = zip(self.names, self.legal, table_IA.tolist(), strict=True)
        policy = pyspiel.TabularPolicy({name: list(zip(legal, row, strict=False)) for name, legal, row in rows})
        return float(pyspiel.nash_conv(self.game, policy))


@lru_cache(maxsize=16)
def infosets(game: Game) -> Infosets:
    """The information sets of a game of a spec, walked once in a process.

    Raises:
        BadTrainingSpec: it is not a small game of OpenSpiel's.
    """
    rules = catalog.load(game.name)
    if not isinstance(rules, SpielRules) or game.rounds != 1 or game.opening_plies:
        what = f"{game.name} has no information sets to walk."
        raise BadTrainingSpec(what, todo="Train single rounds of an OpenSpiel game, without random openings.")
    return Infosets(rules, game)
