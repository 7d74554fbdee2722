"""The clipped surrogate (PPO, arXiv 1707.06347, equation 7): an act that has moved far enough moves no further.

With a bound on how much an act of negative advantage may weigh (dual clip, arXiv 1912.09729), which old data need.
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
            "clip": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.2},
            "bound": {"type": "number", "minimum": 1, "default": 3.0},
        },
        "additionalProperties": False,
    },
}


def build(spec: Mapping[str, object]) -> Loss:
    """`clip` (ε): how far from 1 a ratio is followed. `bound`: the largest ratio for negative advantages."""
    clip, bound = cast(float, spec.get("clip", 0.2)), cast(float, spec.get("bound", 3.0))

    def weigh(now_T: Floats, behaviour_T: Floats, advantage_T: Floats) -> Weights:
        ratio = np.exp(np.minimum(now_T - behaviour_T, 50.0))
        good = advantage_T > 0
        cut = np.where(good, ratio > 1 + clip, (ratio < 1 - clip) | (ratio > bound))
        surrogate = np.where(good, np.minimum(ratio, 1 + clip), np.clip(ratio, 1 - clip, bound)) * advantage_T
        return Weights(np.where(cut, 0.0, ratio * advantage_T), float(-surrogate.mean()), float(cut.mean()))

    return weigh
