"""Exact KL to a reference, as a penalty: uniform play, the first policy, or a copy that follows in steps.

To a copy that follows, it is magnetic mirror descent with a moving magnet (arXiv 2206.05825): each magnet's game has
one equilibrium, play converges to it, and the sequence of them converges to the game's own.
"""

from collections.abc import Mapping
from typing import Any, cast

import torch

from workers.learner.batch import Batch
from workers.learner.passes import Pass
from workers.learner.regulariser import Reference, Regulariser, Weight, entropy, kl
from workers.policy.policy import OUTSIDE, Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "to": {"enum": ["uniform", "initial", "slow"], "default": "slow"},
            "every": {"type": "integer", "minimum": 1, "default": 200},
            "weight": {"type": "number", "minimum": 0, "default": 0.2},
            "last": {"type": "number", "minimum": 0, "default": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "additionalProperties": False,
    },
}


class Kl(Regulariser):
    """In units of reward a nat. Without a reference it is to uniform play."""

    def __init__(self, reference: Reference | None, weight: Weight) -> None:
        self.reference, self.weight, self._now = reference, weight, weight.weight

    def begin(self, policy: Policy, update: int) -> None:
        self._now = self.weight.at(update)
        if self.reference:
            self.reference.follow(policy, update)

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor:
        if self.reference:
            return self._now * kl(done.logps_RA, self.reference.rows(batch, done))
        ways = (done.logps_RA > OUTSIDE / 2).sum(-1).to(done.logps_RA.dtype)
        return self._now * (ways.log() - entropy(done.logps_RA))

    def state(self) -> dict[str, Any]:
        return self.reference.state() if self.reference else {}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        if self.reference:
            self.reference.load(state, policy)


def build(spec: Mapping[str, object]) -> Kl:
    """`to` what; `every`: updates between steps of a slow reference; `weight`, in units of reward a nat, `last`
    and `anneal` as in `Weight`."""
    to, every = spec.get("to", "slow"), cast(int, spec.get("every", 200))
    reference = None if to == "uniform" else Reference(every if to == "slow" else 0)
    return Kl(reference, Weight.of(spec, 0.2))
