"""Imitation: raise the log-probability of what was done, whoever did it; or match a teacher's whole distribution."""

from collections.abc import Mapping

import numpy as np
import torch

from workers.learner.batch import Floats
from workers.learner.loss import Loss, Weights
from workers.learner.regulariser import short_of

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


def soft(logps_NA: torch.Tensor, targets_NA: torch.Tensor, weights_N: torch.Tensor) -> torch.Tensor:
    """Cross-entropy to soft targets (a solver's mixture, a search's visit counts), averaged by weight; a scalar.

    Less the targets' own entropy: 0 when they are met.
    """
    return (short_of(targets_NA, logps_NA) * weights_N).sum() / weights_N.sum()
