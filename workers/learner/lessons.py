"""What a teacher would do in every position of a small game: a solver's equilibrium, or a search's visit counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from games import catalog
from games.solve import cfr
from workers.learner.infosets import infosets
from workers.learner.positions import positions
from workers.learner.search import Searched
from workers.learner.spec import Game
from workers.policy.policy import LegalSet, Policy, Tokens


@dataclass(frozen=True, slots=True)
class Lessons:
    """N contexts with what the teacher would do in each."""

    prompts: list[Tokens]
    legal: list[LegalSet]
    targets_NA: NDArray[np.float64]


def from_solver(policy: Policy, game: Game) -> Lessons:
    """CFR+'s average policy in every information set."""
    sets, solved = infosets(game), cfr.solve(catalog.load(game.name), game.variant)
    targets = np.zeros(sets.open_IA.shape)
    for row, view, (_, names) in zip(targets, sets.views, sets.prompts, strict=True):
        probabilities = solved.action_probabilities(view)
        row[: len(names)] = [probabilities[name] for name in names]
    return Lessons(*_encoded(policy, sets.prompts), targets)


def from_search(policy: Policy, game: Game, simulations: int, sharpen: float) -> Lessons:
    """The visit counts of a tree search in every position."""
    where = positions(game)
    prompts, legal = _encoded(policy, list(zip(where.prompts, where.legal, strict=True)))
    searched = Searched(game, simulations, sharpen, 0)
    return Lessons(prompts, legal, searched.targets(policy, prompts, max(map(len, legal))))


def _encoded(policy: Policy, contexts: list[tuple[str, list[str]]]) -> tuple[list[Tokens], list[LegalSet]]:
    prompts = [policy.encode(text) for text, _ in contexts]
    return prompts, [tuple(policy.encode(name) for name in names) for _, names in contexts]
