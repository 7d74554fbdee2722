"""Policy gradient with truncated importance weights (Williams 1992; IMPALA's ρ̄, arXiv 1802.01561).

An act that has become likelier since it was done counts more, up to a bound that keeps the variance finite.
"""

from collections.abc import Mapping
from typing import cast

import numpy as np

from workers.learner.batch import Floats
from workers.learner.loss import Loss, Weights

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "truncate": {"type": ["number", "null"], "exclusiveMinimum": 0, "default": 1.0},
        },
        "additionalProperties": False,
    },
}


def build(spec: Mapping[str, object]) -> Loss:
    """`truncate`: the largest importance weight; null for none at all, which trusts that data are fresh."""
    bound = cast("float | None", spec.get("truncate", 1.0))

    def weigh(now_T: Floats, behaviour_T: Floats, advantage_T: Floats) -> Weights:
        if bound is None:
            return Weights(advantage_T, float(-(advantage_T * now_T).mean()), 0.0)
        ratio = np.exp(now_T - behaviour_T)
        weight = np.minimum(ratio, bound) * advantage_T
        return Weights(weight, float(-(weight * now_T).mean()), float((ratio > bound).mean()))

    return weigh
