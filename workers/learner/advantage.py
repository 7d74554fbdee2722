"""What an advantage is to the learner: how much better each turn came out than was to be expected."""

from abc import ABC, abstractmethod
from typing import Any

from workers.learner.batch import Batch, Floats


class Advantage(ABC):
    """Weighs turns. A kind that remembers something between batches overrides `state` and `load`."""

    values: bool = False
    """Whether it reads the value head, which then has to learn."""

    @abstractmethod
    def weigh(self, batch: Batch, reward_T: Floats, value_T: Floats) -> tuple[Floats, Floats]:
        """The advantage of each turn, and what the value head should have said there."""

    def state(self) -> dict[str, Any]:
        """For exact resume."""
        return {}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        assert not state, "a kind that has a state loads it"
