"""Turn-level advantage from the value head: generalised advantage estimation (arXiv 1506.02438, equation 16).

Says which turn of a match was the good one. A turn is a decision of the seat: what others do between is the world.
"""

from collections.abc import Mapping
from typing import cast

import numpy as np

from workers.learner.advantage import Advantage
from workers.learner.batch import Batch, Floats

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "trace": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.95},
            "discount": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1.0},
        },
        "additionalProperties": False,
    },
}


class Gae(Advantage):
    """λ is called `trace`, γ `discount`."""

    values = True

    def __init__(self, trace: float, discount: float) -> None:
        self.trace, self.discount = trace, discount

    def weigh(self, batch: Batch, reward_T: Floats, value_T: Floats) -> tuple[Floats, Floats]:
        after = np.where(batch.last_T, 0.0, np.append(value_T[1:], 0.0))
        surprise = (reward_T + self.discount * after - value_T).tolist()
        last, keep = batch.last_T.tolist(), self.discount * self.trace
        advantage, ahead = [0.0] * len(surprise), 0.0
        for t in range(len(surprise) - 1, -1, -1):
            ahead = surprise[t] + (0.0 if last[t] else keep * ahead)
            advantage[t] = ahead
        found = np.array(advantage)
        return found, found + value_T


def build(spec: Mapping[str, object]) -> Gae:
    """`trace` (λ): 1 trusts returns alone, 0 the value head alone. `discount` (γ)."""
    return Gae(cast(float, spec.get("trace", 0.95)), cast(float, spec.get("discount", 1.0)))
