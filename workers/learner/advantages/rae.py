"""Role-conditioned advantage: the return less a slow average for that game and seat (SPIRAL, arXiv 2506.24119).

A seat that wins more by the rules alone is no better played: each (game, seat) has a baseline of its own. It is an
exponential average, and a batch is judged by the one from before the batch.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from arena.core.trajectory import Setting
from workers.learner.advantage import Advantage
from workers.learner.batch import Batch, Floats

PART = {
    "spec": {
        "type": "object",
        "properties": {"decay": {"type": "number", "minimum": 0, "exclusiveMaximum": 1, "default": 0.95}},
        "additionalProperties": False,
    },
}


class Rae(Advantage):
    """One baseline for each game and seat."""

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self.baselines: dict[tuple[Setting, int], float] = {}

    def weigh(self, batch: Batch, reward_T: Floats, value_T: Floats) -> tuple[Floats, Floats]:
        returns = batch.returns_T(reward_T)
        before = np.array([self.baselines.get(group, 0.0) for group in batch.groups])
        for place, group in enumerate(batch.groups):
            now = float(returns[batch.group_T == place].mean())
            self.baselines[group] = self.decay * float(before[place]) + (1 - self.decay) * now
        return returns - before[batch.group_T], returns

    def state(self) -> dict[str, Any]:
        return {"baselines": [[*_plain(group), value] for group, value in self.baselines.items()]}

    def load(self, state: dict[str, Any]) -> None:
        self.baselines = {(Setting(*row[:4]), row[4]): row[5] for row in state["baselines"]}


def _plain(group: tuple[Setting, int]) -> tuple[str, str, str, int, int]:
    setting, seat = group
    return setting.game, setting.variant, setting.view, setting.rounds, seat


def build(spec: Mapping[str, object]) -> Rae:
    """`decay`: the share of the baseline that is kept from batch to batch."""
    return Rae(cast(float, spec.get("decay", 0.95)))
