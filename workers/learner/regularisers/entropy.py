"""A bonus for entropy: keeps every legal action alive. By itself it biases the answer and does not stop cycles."""

from collections.abc import Mapping
from typing import cast

import torch

from workers.learner.batch import Batch
from workers.learner.passes import Pass
from workers.learner.regulariser import Regulariser, annealed, entropy
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "weight": {"type": "number", "minimum": 0, "default": 0.01},
            "last": {"type": "number", "minimum": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "additionalProperties": False,
    },
}


class Entropy(Regulariser):
    """Its weight may fall in a line, from `weight` to `last` over `anneal` updates."""

    def __init__(self, weight: float, last: float, anneal: int) -> None:
        self.weight, self.last, self.anneal = weight, last, anneal
        self._now = weight

    def begin(self, policy: Policy, update: int) -> None:
        self._now = annealed(self.weight, self.last, self.anneal, update)

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor:
        return -self._now * entropy(done.logps_RA)


def build(spec: Mapping[str, object]) -> Entropy:
    """`weight`, in units of reward a nat."""
    weight = cast(float, spec.get("weight", 0.01))
    return Entropy(weight, cast(float, spec.get("last", 0.0)), cast(int, spec.get("anneal", 0)))
