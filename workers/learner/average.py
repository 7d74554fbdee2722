"""What an average of policies is to the learner: last iterates may circle where their average converges."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workers.policy.policy import Policy


class Average(ABC):
    """Told of every update. It gives a network, or a table for the game's information sets, or nothing."""

    policy: Policy | None = None
    table_IA: NDArray[np.float64] | None = None

    @abstractmethod
    def update(self, policy: Policy, update: int) -> None:
        """Take the policy after an update in."""

    def state(self) -> dict[str, Any]:
        """For exact resume."""
        return {}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        """Go on from there."""
        assert not state, "a kind that has a state loads it"
