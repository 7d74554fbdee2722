"""Imitation: raise the log-probability of what was done, whoever did it.

Soft targets, such as visit counts or a solver's mixture, are the regularisers `search` and `solver` with the loss
`none`.
"""

from collections.abc import Mapping

import numpy as np

from workers.learner.batch import Floats
from workers.learner.loss import Loss, Weights

PART = {
    "spec": {
        "type": "object",
        "properties": {"winners": {"type": "boolean", "default": False}},
        "additionalProperties": False,
    },
}


def build(spec: Mapping[str, object]) -> Loss:
    """`winners`: only turns of positive advantage are imitated."""
    winners = bool(spec.get("winners", False))

    def weigh(now_T: Floats, behaviour_T: Floats, advantage_T: Floats) -> Weights:
        weight = (advantage_T > 0).astype(np.float64) if winners else np.ones_like(now_T)
        return Weights(weight, float(-(weight * now_T).mean()), 0.0)

    return weigh
