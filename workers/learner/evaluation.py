"""What an evaluation is to who drives the learner: numbers of a policy, and of the average where one is kept."""

from collections.abc import Callable

from workers.learner.average import Average
from workers.policy.policy import Policy

Measure = Callable[[Policy, Average], dict[str, float]]
"""Numbers by name."""
