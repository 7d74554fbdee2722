"""Expert iteration (arXiv 1705.08439): in the positions that self-play meets, learn what a search would do there.

For small open games. The targets are visit counts; the search knows the rules and no strategy.
"""

from collections.abc import Mapping
from typing import cast

import torch

from workers.learner.batch import Batch
from workers.learner.passes import Pass
from workers.learner.regulariser import Regulariser, annealed, short_of
from workers.learner.search import Searched
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "game": {"type": "string"},
            "variant": {"type": "string", "default": "standard"},
            "simulations": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 200},
            "sharpen": {"type": "number", "exclusiveMinimum": 0, "maximum": 100, "default": 2},
            "weight": {"type": "number", "minimum": 0, "default": 1},
            "last": {"type": "number", "minimum": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "required": ["game"],
        "additionalProperties": False,
    },
    "names": [
        {
            "at": "", "what": "regulariser 'search'", "by": "game",
            "needs": {
                "engine": "openspiel", "information": "open", "chance": "none", "seats": 2, "oracle": "minimax",
            },
        },
    ],
}  # fmt: skip


class Search(Regulariser):
    """KL from the search's choice to the policy's, in each position met."""

    def __init__(self, searched: Searched, weight: float, last: float, anneal: int) -> None:
        self._searched, self.weight, self.last, self.anneal = searched, weight, last, anneal
        self._now, self._policy = weight, None

    def begin(self, policy: Policy, update: int) -> None:
        self._policy = policy
        self._now = annealed(self.weight, self.last, self.anneal, update)

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor | None:
        if self._policy is None or done.contexts_N[0] >= len(batch.legal):
            return None
        prompts = [batch.prompts[i] for i in done.contexts_N]
        found = self._searched.targets(self._policy, prompts, done.logps_RA.shape[1])
        targets_RA = torch.from_numpy(found).to(done.logps_RA)
        return self._now * short_of(targets_RA, done.logps_RA)


def build(spec: Mapping[str, object]) -> Search:
    """`game` whose positions are searched with so many `simulations`; visit counts are raised to `sharpen`."""
    game = Game(cast(str, spec["game"]), cast(str, spec.get("variant", "standard")))
    searched = Searched(game, cast(int, spec.get("simulations", 200)), cast(float, spec.get("sharpen", 2)), 0)
    weight = cast(float, spec.get("weight", 1.0))
    return Search(searched, weight, cast(float, spec.get("last", weight)), cast(int, spec.get("anneal", 0)))
