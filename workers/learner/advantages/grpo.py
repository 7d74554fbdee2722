"""Group-relative advantage: the return less the batch's own mean for that game and seat (GRPO, arXiv 2402.03300).

No memory. Dividing by the group's standard deviation is off by default: it weighs games up that are nearly decided.
"""

from collections.abc import Mapping

import numpy as np

from workers.learner.advantage import Advantage
from workers.learner.batch import Batch, Floats

PART = {
    "spec": {
        "type": "object",
        "properties": {"divide": {"type": "boolean", "default": False}},
        "additionalProperties": False,
    },
}
LEAST = 1e-6


class Grpo(Advantage):
    """The group is all turns of a game and seat in the batch."""

    def __init__(self, *, divide: bool) -> None:
        self.divide = divide

    def weigh(self, batch: Batch, reward_T: Floats, value_T: Floats) -> tuple[Floats, Floats]:
        returns = batch.returns_T(reward_T)
        count = np.bincount(batch.group_T, minlength=len(batch.groups)).clip(1)
        mean = np.bincount(batch.group_T, returns, len(batch.groups)) / count
        advantage = returns - mean[batch.group_T]
        if self.divide:
            spread = np.sqrt(np.bincount(batch.group_T, advantage**2, len(batch.groups)) / count)
            advantage = advantage / (spread[batch.group_T] + LEAST)
        return advantage, returns


def build(spec: Mapping[str, object]) -> Grpo:
    """`divide`: by the group's standard deviation."""
    return Grpo(divide=bool(spec.get("divide", False)))
