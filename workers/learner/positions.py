"""Every position of a small open game, so that a policy's results against a known opponent are sums, not samples."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from arena.core.errors import BadTrainingSpec
from games import catalog
from games.rules import OVER, Rules, State
from workers.learner.spec import Game
from workers.policy.policy import Policy
from workers.policy.prompts import FORMATS

Floats = NDArray[np.float64]
MOST = 100_000


class Positions:
    """I positions where somebody moves, by ply, each with up to A actions; then the ends."""

    def __init__(self, rules: Rules, game: Game) -> None:
        self.layers: list[slice] = []
        """Places of each ply's positions: what follows a position lies in the next layer or among the ends."""
        self.movers: list[int] = []
        self.views: list[str] = []
        """Compact views, which solvers go by."""
        self.legal: list[list[str]] = []
        self.moves: list[list[str]] = []
        """One way to each position."""
        self.prompts: list[str] = []
        self._after: list[list[int]] = []
        """What follows each action: a place, or -1 - the place of an end."""
        self._ends: list[float] = []
        """Seat 0's score at each end."""
        self._rules, self._game = rules, game
        self._walk(rules.start(0, game.variant))
        widest = max(map(len, self.legal))
        count = np.array([len(legal) for legal in self.legal])
        self.open_IA = np.arange(widest) < count[:, None]
        after = [row + [0] * (widest - len(row)) for row in self._after]
        self.after_IA = np.array([[len(self.views) - 1 - to if to < 0 else to for to in row] for row in after])
        self.mover_I = np.array(self.movers)

    def _walk(self, first: State) -> None:
        layer = {first.key(): first}
        while layer:
            begin = len(self.views)
            self.layers.append(slice(begin, begin + len(layer)))
            following: dict[str, State] = {}
            places: dict[str, int] = {}
            for state in layer.values():
                self._note(state)
                row: list[int] = []
                for action in state.legal_ids():
                    then = state.clone()
                    then.apply_id(action)
                    if then.seat == OVER:
                        self._ends.append(then.returns()[0])
                        row.append(-len(self._ends))
                    else:
                        key = then.key()
                        following.setdefault(key, then)
                        row.append(begin + len(layer) + places.setdefault(key, len(places)))
                self._after.append(row)
            if len(self.views) > MOST:
                what = f"{self._game.name} has more than {MOST} positions."
                raise BadTrainingSpec(what, todo="Evaluate it otherwise than by every position.")
            layer = following

    def _note(self, state: State) -> None:
        seat, legal = state.seat, state.legal()
        self.movers.append(seat)
        self.views.append(state.view(seat, "compact"))
        self.legal.append(legal)
        self.moves.append(state.moves())
        self.prompts.append(FORMATS[self._game.prompt](self._rules.facts, state.view(seat, self._game.view), legal))

    def ask(self, policy: Policy) -> Floats:
        """The policy's probabilities in every position; rows sum to one."""
        texts = {name: policy.encode(name) for names in self.legal for name in names}
        found = np.zeros(self.open_IA.shape)
        for begin in range(0, len(self.views), 2048):
            some = slice(begin, begin + 2048)
            legal = [tuple(texts[name] for name in names) for names in self.legal[some]]
            scores = policy.score([policy.encode(text) for text in self.prompts[some]], legal)
            for row, logps in zip(found[some], scores, strict=True):
                row[: len(logps)] = np.exp(logps.astype(np.float64))
        return found / found.sum(1, keepdims=True)

    def results(self, mine_IA: Floats, theirs_IA: Floats, seat: int) -> Floats:
        """The chances to win, draw and lose of who plays `mine` in a seat against who plays `theirs`."""
        scores = np.array(self._ends) * (1 if seat == 0 else -1)
        ends = np.stack([scores > 0, scores == 0, scores < 0], 1).astype(np.float64)
        worth = np.concatenate([np.zeros((len(self.views), 3)), ends])
        chance_IA = np.where((self.mover_I == seat)[:, None], mine_IA, theirs_IA)
        for layer in reversed(self.layers):
            worth[layer] = (chance_IA[layer][..., None] * worth[self.after_IA[layer]]).sum(1)
        return worth[0]


@lru_cache(maxsize=8)
def positions(game: Game) -> Positions:
    """The positions of a game of a spec, walked once in a process.

    Raises:
        BadTrainingSpec: it is not a small open game of two.
    """
    rules = catalog.load(game.name)
    facts = rules.facts
    if facts.chance or facts.hidden or rules.check_variant(game.variant).seats != 2 or game.rounds != 1:
        what = f"{game.name} is no open game of two without chance, or is played in rounds."
        raise BadTrainingSpec(what, todo="Evaluate single rounds of a game such as tic_tac_toe.")
    return Positions(rules, game)
