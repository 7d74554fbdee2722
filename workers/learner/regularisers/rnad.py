"""Regularised Nash dynamics (arXiv 2206.15378): every act costs η times its log-ratio to a slowly moving reference.

The cost is part of the reward, so that it reaches the decisions that led there. The other seats' costs are not paid
out to the seat: each seat's own suffices at the fixed point, where the ratio is one.
"""

from collections.abc import Mapping
from typing import Any, cast

from workers.learner.batch import Batch, Floats
from workers.learner.passes import think
from workers.learner.regulariser import Reference, Regulariser
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "eta": {"type": "number", "exclusiveMinimum": 0, "default": 0.2},
            "every": {"type": "integer", "minimum": 1, "default": 200},
        },
        "additionalProperties": False,
    },
}


class Rnad(Regulariser):
    """The reference becomes the policy every so many updates."""

    def __init__(self, eta: float, every: int) -> None:
        self.eta, self.reference = eta, Reference(every)

    def begin(self, policy: Policy, update: int) -> None:
        self.reference.follow(policy, update)

    def reward(self, policy: Policy, batch: Batch, rows: int) -> Floats:
        ratio = think(policy, batch, rows).act_logps_U - self.reference.acts(batch, rows)
        return -self.eta * ratio[batch.act_T]

    def state(self) -> dict[str, Any]:
        return self.reference.state()

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        self.reference.load(state, policy)


def build(spec: Mapping[str, object]) -> Rnad:
    """`eta` (η), in units of reward a nat; `every`: updates between the reference's steps."""
    return Rnad(cast(float, spec.get("eta", 0.2)), cast(int, spec.get("every", 200)))
