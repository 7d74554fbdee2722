"""What a loss is to the learner: the weight of each turn's log-probability in the gradient.

Every policy-gradient loss has a gradient of the form Σ w ∇log π(act): the loss gives w, and the learner adds the
weights of equal acts up before anything is differentiated. That is exact, whatever the loss.
"""

from collections.abc import Callable
from typing import NamedTuple

from workers.learner.batch import Floats


class Weights(NamedTuple):
    """Of T turns."""

    weight_T: Floats
    """Of ∇log π in the direction of ascent."""
    loss: float
    """The loss itself, for the curve."""
    cut: float
    """Share of turns whose importance weight was cut."""


Loss = Callable[[Floats, Floats, Floats], Weights]
"""(log-probabilities now, when it was done, advantages), T each -> weights."""
