"""Behaviour cloning as a job: KL from a solver's equilibrium to the policy, in the positions that play meets.

With the loss `none` it is plain imitation. For small hidden games for two.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from arena.core.errors import BadTrainingSpec
from workers.learner.batch import Batch
from workers.learner.lessons import from_solver
from workers.learner.passes import Pass
from workers.learner.regulariser import Regulariser, annealed, short_of
from workers.learner.spec import Game
from workers.policy.policy import Policy, Tokens

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "game": {"type": "string"},
            "variant": {"type": "string", "default": "standard"},
            "view": {"type": "string", "default": "compact"},
            "prompt": {"enum": ["view", "named", "listed", "told"], "default": "view"},
            "weight": {"type": "number", "minimum": 0, "default": 1},
            "last": {"type": "number", "minimum": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "required": ["game"],
        "additionalProperties": False,
    },
    "names": [
        {"at": "", "what": "regulariser 'solver'", "by": "game", "needs": {"engine": "openspiel", "seats": 2}},
    ],
}  # fmt: skip


class Solver(Regulariser):
    """Its weight may fall in a line, from `weight` to `last` over `anneal` updates."""

    def __init__(self, game: Game, weight: float, last: float, anneal: int) -> None:
        self._game, self.weight, self.last, self.anneal = game, weight, last, anneal
        self._now = weight
        self._targets: dict[Tokens, NDArray[Any]] = {}

    def begin(self, policy: Policy, update: int) -> None:
        self._now = annealed(self.weight, self.last, self.anneal, update)
        if self._targets:
            return
        try:
            lessons = from_solver(policy, self._game)
        except ValueError as error:
            raise BadTrainingSpec(f"No solver: {error}.", todo="Choose kuhn_poker or leduc_poker.") from None
        self._targets = dict(zip(lessons.prompts, lessons.targets_NA, strict=True))

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor | None:
        if done.contexts_N[0] >= len(batch.legal):
            return None
        targets_RA = np.zeros(done.logps_RA.shape)
        for row, context in zip(targets_RA, done.contexts_N, strict=True):
            target = self._targets.get(batch.prompts[context])
            if target is None:
                what = "Play met a position that the regulariser `solver` knows nothing of."
                raise BadTrainingSpec(
                    what, todo="Give it the `game`, `variant`, `view` and `prompt` that are trained on."
                )
            row[:] = target[: len(row)]
        return self._now * short_of(torch.from_numpy(targets_RA).to(done.logps_RA), done.logps_RA)


def build(spec: Mapping[str, Any]) -> Solver:
    """`game`, `variant`, `view` and `prompt` as in the games trained on; `weight` of the KL."""
    game = Game(
        spec["game"], spec.get("variant", "standard"), spec.get("view", "compact"), prompt=spec.get("prompt", "view")
    )  # fmt: skip
    weight = cast(float, spec.get("weight", 1.0))
    return Solver(game, weight, cast(float, spec.get("last", weight)), cast(int, spec.get("anneal", 0)))
