"""Behaviour cloning: a policy learns a teacher's whole distribution in every position of a small game.

No play is needed. Lessons come from a solver's equilibrium or from a search's visit counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from arena.core.chance import derive
from games import catalog
from games.solve import cfr
from workers.learner.infosets import infosets
from workers.learner.losses.sft import soft
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


def clone(policy: Policy, lessons: Lessons, steps: int, rate: float, rows: int = 512) -> Iterator[float]:
    """Optimiser steps on random lessons, in place; gives the loss of each: 0 is the teacher itself."""
    optimiser = torch.optim.Adam(policy.module.parameters(), rate)
    targets_NA = torch.from_numpy(lessons.targets_NA).float()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - 0.9 * step / steps)
        rng = np.random.default_rng(derive(0, "clone", step))
        some = rng.permutation(len(lessons.prompts))[:rows]
        logps_NA = policy.forward([lessons.prompts[i] for i in some], [lessons.legal[i] for i in some]).logps_NA
        loss = soft(logps_NA, targets_NA[some, : logps_NA.shape[1]], torch.ones(len(some)))
        optimiser.zero_grad()
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        torch.nn.utils.clip_grad_norm_(policy.module.parameters(), 1.0)
        optimiser.step()
        yield float(loss.detach())
    policy.version += 1


def _encoded(policy: Policy, contexts: list[tuple[str, list[str]]]) -> tuple[list[Tokens], list[LegalSet]]:
    prompts = [policy.encode(text) for text, _ in contexts]
    return prompts, [tuple(policy.encode(name) for name in names) for _, names in contexts]
