"""What a regulariser is to the learner: a reward that is not the game's, or a penalty on distributions."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import torch

from workers.learner.batch import Batch, Floats
from workers.learner.passes import Pass, run, think
from workers.policy.policy import Policy


class Regulariser:
    """Does nothing; a kind overrides what it needs."""

    def begin(self, policy: Policy, update: int) -> None:
        """Before each update."""

    def reward(self, policy: Policy, batch: Batch, rows: int) -> Floats | None:
        """What is added to each turn's reward."""
        return None

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor | None:
        """Of each row, with gradients; the learner weighs rows by how many turns they stand for."""
        return None

    def state(self) -> dict[str, Any]:
        """For exact resume."""
        return {}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        """Go on from there."""


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a penalty counts: `weight` throughout, or in a line from `weight` to `last` over `anneal` updates."""

    weight: float
    last: float = 0.0
    """Without `anneal` it means nothing."""
    anneal: int = 0

    @classmethod
    def of(cls, spec: Mapping[str, object], usual: float) -> Self:
        """As a regulariser's spec has it; `usual` is the kind's own default."""
        weight, last = cast(float, spec.get("weight", usual)), cast(float, spec.get("last", 0.0))
        return cls(weight, last, cast(int, spec.get("anneal", 0)))

    def at(self, update: int) -> float:
        """At an update, counted from 0."""
        if not self.anneal:
            return self.weight
        return self.weight + (self.last - self.weight) * min(update / self.anneal, 1.0)


class Reference:
    """A copy of the policy that stands still, or follows in steps.

    Args:
        every: updates from one refreshing to the next; 0 keeps the first policy for good.
    """

    def __init__(self, every: int) -> None:
        self.every = every
        self.policy: Policy | None = None
        self._rows: dict[bytes, torch.Tensor] = {}

    def follow(self, policy: Policy, update: int) -> None:
        """Be there, and up to date."""
        self._rows = {}
        if self.policy is None:
            self.policy = copy.deepcopy(policy)
        elif self.every and update % self.every == 0 and update:
            self.policy.load(policy.module.state_dict(), policy.version)

    @torch.no_grad()
    def rows(self, batch: Batch, done: Pass) -> torch.Tensor:
        """Its own log-probabilities for the rows of a pass."""
        assert self.policy is not None
        key = done.contexts_N.tobytes()
        if key not in self._rows:  # within an update it stands still, however many epochs there are
            self._rows[key] = run(self.policy, batch, done.contexts_N).logps_RA
        return self._rows[key]

    def acts(self, batch: Batch, rows: int) -> Floats:
        """Its own log-probability of each act."""
        assert self.policy is not None
        return think(self.policy, batch, rows).act_logps_U

    def state(self) -> dict[str, Any]:
        return {} if self.policy is None else {"weights": self.policy.state(), "version": self.policy.version}

    def load(self, state: dict[str, Any], policy: Policy) -> None:
        if state:
            self.policy = copy.deepcopy(policy)
            self.policy.load(state["weights"], state["version"])


def kl(logps_RA: torch.Tensor, reference_RA: torch.Tensor) -> torch.Tensor:
    """KL(policy ‖ reference) of each row, exact."""
    return (logps_RA.exp() * (logps_RA - reference_RA)).sum(-1)


def short_of(targets_RA: torch.Tensor, logps_RA: torch.Tensor) -> torch.Tensor:
    """KL(targets ‖ policy) of each row, exact; targets are probabilities, some of which may be 0."""
    apart_RA = targets_RA * (targets_RA.clamp(min=1e-12).log() - logps_RA)
    return torch.where(targets_RA > 0, apart_RA, 0.0).sum(-1)


def entropy(logps_RA: torch.Tensor) -> torch.Tensor:
    """In nats, of each row, exact."""
    return -(logps_RA.exp() * logps_RA).sum(-1)
