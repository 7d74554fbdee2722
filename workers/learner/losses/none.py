"""No policy gradient: what is done does not matter, and the regularisers alone say what to learn, as a teacher does."""

from collections.abc import Mapping

import numpy as np

from workers.learner.batch import Floats
from workers.learner.loss import Loss, Weights

PART = {"spec": {"type": "object", "properties": {}, "additionalProperties": False}}


def build(spec: Mapping[str, object]) -> Loss:
    """Takes nothing."""

    def weigh(now_T: Floats, behaviour_T: Floats, advantage_T: Floats) -> Weights:
        return Weights(np.zeros_like(now_T), 0.0, 0.0)

    return weigh
