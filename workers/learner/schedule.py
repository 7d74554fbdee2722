"""How the learning rate runs over the updates."""

from math import sqrt

from workers.learner.spec import Optimiser

FLOOR = 0.02
"""Where a linear decay ends, as a share of the first rate."""


def rate(optimiser: Optimiser, update: int) -> float:
    """The learning rate of an update, counted from 0."""
    ramp = min(1.0, (update + 1) / optimiser.warmup_updates) if optimiser.warmup_updates else 1.0
    far = update / optimiser.decay_updates
    if optimiser.decay == "linear":
        return optimiser.rate * ramp * (1 - (1 - FLOOR) * min(far, 1.0))
    if optimiser.decay == "inverse_sqrt":
        return optimiser.rate * ramp / sqrt(1 + far)
    return optimiser.rate * ramp
