"""A bonus for entropy: keeps every legal action alive. By itself it biases the answer and does not stop cycles."""

from collections.abc import Mapping

import torch

from workers.learner.batch import Batch
from workers.learner.passes import Pass
from workers.learner.regulariser import Regulariser, Weight, entropy
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "weight": {"type": "number", "minimum": 0, "default": 0.01},
            "last": {"type": "number", "minimum": 0, "default": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "additionalProperties": False,
    },
}


class Entropy(Regulariser):
    """In units of reward a nat."""

    def __init__(self, weight: Weight) -> None:
        self.weight, self._now = weight, weight.weight

    def begin(self, policy: Policy, update: int) -> None:
        self._now = self.weight.at(update)

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor:
        return -self._now * entropy(done.logps_RA)


def build(spec: Mapping[str, object]) -> Entropy:
    """`weight`, in units of reward a nat, `last` and `anneal` as in `Weight`."""
    return Entropy(Weight.of(spec, 0.01))
