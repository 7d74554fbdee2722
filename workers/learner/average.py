"""What an average of policies is to the learner: last iterates may circle where their average converges."""

from abc import ABC, abstractmethod
from typing import Any

from workers.policy.policy import Policy


class Average(ABC):
    """Told of every update."""

    @abstractmethod
    def update(self, policy: Policy, update: int) -> None:
        """Take the policy after an update in."""

    def state(self) -> dict[str, Any]:
        """For exact resume."""
        return {}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        """Go on from there."""
