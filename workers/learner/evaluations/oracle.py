"""Results against perfect play (uniform among the optimal moves) and against random play: exact, seats averaged.

Win shares against a random player mislead by themselves: a policy that has collapsed still beats it. Both are reported.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from games import catalog
from games.solve import minimax
from workers.learner.average import Average
from workers.learner.evaluation import Measure
from workers.learner.positions import Positions, positions
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {
    "spec": {"type": "object", "properties": {}, "additionalProperties": False},
    "needs": {"information": "open", "chance": "none", "seats": 2, "rounds": 1, "oracle": "minimax"},
    "numbers": {  # a draw is the most that perfect play leaves; against a random player it is neither good nor bad
        "draw_vs_optimal": "high", "win_vs_optimal": "high", "loss_vs_optimal": "low",
        "win_vs_random": "high", "loss_vs_random": "low", "draw_vs_random": "",
        "draw_vs_optimal_average": "high", "win_vs_optimal_average": "high", "loss_vs_optimal_average": "low",
        "win_vs_random_average": "high", "loss_vs_random_average": "low", "draw_vs_random_average": "",
    },
    "instead": "the evaluation `references`, which plays matches",
}  # fmt: skip
OUTCOMES = ("win", "draw", "loss")


def optimal(where: Positions, game: Game) -> NDArray[np.float64]:
    """Uniform among the moves of highest minimax value, in every position."""
    solved = minimax.solve(catalog.load(game.name), game.variant)
    found = np.zeros(where.open_IA.shape)
    for row, view, legal in zip(found, where.views, where.legal, strict=True):
        values = solved.action_values(view)
        best = max(values.values())
        row[: len(legal)] = [values[name] == best for name in legal]
    return found / found.sum(1, keepdims=True)


def build(spec: Mapping[str, object], games: Sequence[Game]) -> Measure:
    """Takes nothing; the first game of the mixture is measured."""
    where = positions(games[0])
    opponents = {
        "optimal": optimal(where, games[0]),
        "random": where.open_IA / where.open_IA.sum(1, keepdims=True),
    }

    def results(policy: Policy, after: str) -> dict[str, float]:
        mine = where.ask(policy)
        found: dict[str, float] = {}
        for name, theirs in opponents.items():
            shares = (where.results(mine, theirs, 0) + where.results(mine, theirs, 1)) / 2
            found |= {f"{o}_vs_{name}{after}": float(s) for o, s in zip(OUTCOMES, shares, strict=True)}
        return found

    def measure(policy: Policy, average: Average, seed: int) -> dict[str, float]:
        found = results(policy, "")
        if average.policy:
            found |= results(average.policy, "_average")
        return found

    return measure
