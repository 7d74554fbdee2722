"""The exact average policy of a small game: each information set's probabilities, weighed by the policy's own reach.

This is the average that fictitious play and CFR prove things about: mixing the *strategies*, not the local choices.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from workers.learner.average import Average
from workers.learner.infosets import Infosets, infosets
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "every": {"type": "integer", "minimum": 1, "default": 10},
            "power": {"type": "number", "minimum": 0, "maximum": 10, "default": 1},
        },
        "additionalProperties": False,
    },
    "needs": {"engine": "openspiel", "rounds": 1, "opening_plies": 0},
    "own": {"oracle": "cfr"},
    "instead": "the average `weights`",
}


class TabularAverage(Average):
    """Later policies weigh more: the n-th counts n to the power."""

    def __init__(self, sets: Infosets, every: int, power: float) -> None:
        self.sets, self.every, self.power = sets, every, power
        self._mass_IA = np.zeros(sets.open_IA.shape)

    def update(self, policy: Policy, update: int) -> None:
        if update % self.every == 0:
            table = self.sets.ask(policy)
            self._mass_IA += (update / self.every) ** self.power * self.sets.reach(table)[:, None] * table

    @property
    def table_IA(self) -> NDArray[np.float64]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The average's probabilities; uniform where it never comes."""
        uniform = self.sets.open_IA / self.sets.open_IA.sum(1, keepdims=True)
        total = self._mass_IA.sum(1, keepdims=True)
        return np.where(total > 0, self._mass_IA / np.where(total > 0, total, 1.0), uniform)

    def state(self) -> dict[str, Any]:
        return {"mass": torch.from_numpy(self._mass_IA.copy())}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        self._mass_IA = state["mass"].numpy().copy()


def build(spec: Mapping[str, object], games: Sequence[Game]) -> TabularAverage:
    """`every`: updates from one reading to the next; `power`: 0 for an even average, 1 for a linear one."""
    return TabularAverage(infosets(games[0]), cast(int, spec.get("every", 10)), cast(float, spec.get("power", 1)))
