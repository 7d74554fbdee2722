"""An exponential average of the weights: a network that can be checkpointed and seated, in games of any size."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch

from workers.learner.average import Average
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {"decay": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.995}},
        "additionalProperties": False,
    },
}


class WeightsAverage(Average):
    """Until it has seen enough, an even average of all it has seen."""

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self._seen = 0

    @torch.no_grad()
    def update(self, policy: Policy, update: int) -> None:
        self._seen += 1
        if self.policy is None:
            self.policy = copy.deepcopy(policy)
            return
        self.policy.version = policy.version
        share = max(1 - self.decay, 1 / self._seen)
        for mine, new in zip(self.policy.module.parameters(), policy.module.parameters(), strict=True):
            mine.lerp_(new, share)

    def state(self) -> dict[str, Any]:
        if self.policy is None:
            return {}
        return {"weights": self.policy.state(), "version": self.policy.version, "seen": self._seen}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        if state:
            self._seen, self.policy = state["seen"], copy.deepcopy(policy)
            self.policy.load(state["weights"], state["version"])


def build(spec: Mapping[str, object], games: Sequence[Game]) -> WeightsAverage:
    """`decay`: the share that is kept at each update."""
    return WeightsAverage(cast(float, spec.get("decay", 0.995)))
