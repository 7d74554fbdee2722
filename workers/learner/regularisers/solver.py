"""Behaviour cloning from a solver: KL from an equilibrium by CFR+ to the policy, in each position met.

With the loss `none` it is plain imitation, with soft targets. For small hidden games for two.
"""

from collections.abc import Mapping
from typing import Any, cast

import torch

from arena.core.errors import BadTrainingSpec
from games import catalog
from games.solve import cfr
from workers.learner.batch import Batch
from workers.learner.infosets import infosets
from workers.learner.passes import Pass
from workers.learner.regulariser import Regulariser, annealed
from workers.learner.spec import Game
from workers.policy.policy import Policy, Tokens

PART = {
    "type": "object",
    "properties": {
        "game": {"type": "string"},
        "variant": {"type": "string", "default": "standard"},
        "view": {"type": "string", "default": "compact"},
        "prompt": {"type": "string", "default": "view"},
        "weight": {"type": "number", "minimum": 0, "default": 1},
        "last": {"type": "number", "minimum": 0},
        "anneal": {"type": "integer", "minimum": 0, "default": 0},
    },
    "required": ["game"],
    "additionalProperties": False,
}


class Solver(Regulariser):
    """Its weight may fall in a line, from `weight` to `last` over `anneal` updates."""

    def __init__(self, game: Game, weight: float, last: float, anneal: int) -> None:
        rules = catalog.load(game.name)
        try:
            entries = cfr.solve(rules, game.variant).entries
        except ValueError as error:
            raise BadTrainingSpec(
                f"{game.name} cannot be solved: {error}.", todo="Choose kuhn_poker or leduc_poker."
            ) from None
        sets = infosets(game)
        self._targets = {
            text: [entries[view][name] for name in names]
            for (text, names), view in zip(sets.prompts, sets.views, strict=True)
        }
        self.weight, self.last, self.anneal = weight, last, anneal
        self._now = weight
        self._by_tokens: dict[Tokens, list[float]] = {}

    def begin(self, policy: Policy, update: int) -> None:
        self._now = annealed(self.weight, self.last, self.anneal, update)
        if not self._by_tokens:
            self._by_tokens = {policy.encode(text): target for text, target in self._targets.items()}

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor | None:
        if done.contexts_N[0] >= len(batch.legal):
            return None
        targets_RA = torch.zeros_like(done.logps_RA)
        for row, context in zip(targets_RA, done.contexts_N, strict=True):
            target = self._by_tokens.get(batch.prompts[context])
            if target is None:
                raise BadTrainingSpec(
                    "The solver's game, view or prompt is not that of the games trained on.",
                    todo="Give the regulariser the same `game`, `variant`, `view` and `prompt`.",
                )  # fmt: skip
            row[: len(target)] = torch.tensor(target)
        apart_RA = targets_RA * (targets_RA.clamp(min=1e-12).log() - done.logps_RA)
        return self._now * torch.where(targets_RA > 0, apart_RA, 0.0).sum(-1)


def build(spec: Mapping[str, Any]) -> Solver:
    """`game`, `variant`, `view` and `prompt` as in the games trained on; `weight` of the KL."""
    game = Game(
        spec["game"], spec.get("variant", "standard"), spec.get("view", "compact"), prompt=spec.get("prompt", "view")
    )  # fmt: skip
    weight = cast(float, spec.get("weight", 1.0))
    return Solver(game, weight, cast(float, spec.get("last", weight)), cast(int, spec.get("anneal", 0)))
