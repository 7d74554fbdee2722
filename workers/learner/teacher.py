"""Soft targets: in the positions that play meets, the policy is pulled to what a teacher would do there.

A teacher knows one game of a spec and answers for each of its positions: a solver, a tree search. No sampling, and with
the loss `none` it is behaviour cloning.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import torch

from arena.core.errors import BadTrainingSpec
from workers.learner.batch import Batch, Floats
from workers.learner.passes import Pass
from workers.learner.regulariser import Regulariser, Weight, short_of
from workers.learner.spec import Game
from workers.policy.policy import Policy, Tokens


class Teacher(Protocol):
    """What it would do in each position of its game."""

    @property
    def prompts(self) -> Sequence[str]:
        """Every position, as the policy reads it."""
        ...

    def choice(self, place: int) -> Floats:
        """The probabilities of the legal actions, in their order, at the position of that place in `prompts`."""
        ...


def taught_game(spec: Mapping[str, Any]) -> Game:
    """The game that a teacher's parameters name, as it is put to the policy."""
    return Game(
        spec["game"], spec.get("variant", "standard"), spec.get("view", "compact"), prompt=spec.get("prompt", "view")
    )  # fmt: skip


class Taught(Regulariser):
    """KL from a teacher's choice to the policy's, in each position met; written moves are not taught."""

    def __init__(self, kind: str, game: Game, teacher: Teacher, weight: Weight) -> None:
        self._kind, self._game, self._teacher, self.weight = kind, game, teacher, weight
        self._now = weight.weight
        self._place: dict[Tokens, int] = {}

    def begin(self, policy: Policy, update: int) -> None:
        self._now = self.weight.at(update)
        if not self._place:
            self._place = {policy.encode(text): place for place, text in enumerate(self._teacher.prompts)}

    def penalty(self, done: Pass, batch: Batch) -> torch.Tensor | None:
        """Raises `BadTrainingSpec`: something was played that is not the teacher's game, or put another way."""
        if done.contexts_N[0] >= len(batch.legal):
            return None
        mine = self._game.name, self._game.variant, self._game.view
        if any((played.game, played.variant, played.view) != mine for played, _ in batch.groups):
            raise self._stranger()
        targets_RA = np.zeros(done.logps_RA.shape)
        for row, context in zip(targets_RA, done.contexts_N.tolist(), strict=True):
            place = self._place.get(batch.prompts[context])
            if place is None:
                raise self._stranger()
            choice = self._teacher.choice(place)
            row[: len(choice)] = choice
        return self._now * short_of(torch.from_numpy(targets_RA).to(done.logps_RA), done.logps_RA)

    def _stranger(self) -> BadTrainingSpec:
        what = f"Play met a position that the regulariser `{self._kind}` knows nothing of."
        todo = "Train one game, and give the regulariser its name and its `variant`, `view` and `prompt`."
        return BadTrainingSpec(what, todo=todo)
