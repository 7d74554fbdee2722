"""A learner under guard: learn, measure, and go back to the best weights when it went wrong."""

import copy
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from arena.core.errors import BadTrainingSpec, TrainingDiverged
from arena.core.trajectory import Bundle
from arena.store.artifacts import Artifacts
from workers.learner.evaluation import Measures
from workers.learner.guard import Guard, Verdict
from workers.learner.learner import Learner
from workers.learner.ledger import Ledger
from workers.learner.spec import Spec
from workers.learner.start import begin
from workers.policy.policy import build

log = logging.getLogger("arena.learner")
TRIES = 3
"""Updates that may diverge on end, each begun from the best weights."""


class Guarded:
    """What every driver of a learner does with a batch."""

    def __init__(self, spec: Spec) -> None:
        self.learner = Learner(spec, build(spec.policy.backend, spec.policy.spec, spec.seed, spec.policy.device))
        self.measures = Measures(spec)
        self._guard = Guard(spec.guard)
        self._every = 0 if spec.guard.watch else spec.checkpoints.every
        """Where nothing says which weights are best, those of the last checkpoint are."""
        self._best: dict[str, Any] | None = None
        self._diverged = 0
        self._helpless = False
        """Whether it was told that there is nothing to go back to: once is enough."""
        self.ledger = Ledger()

    def begin(self, artifacts: Artifacts) -> None:
        """A job begins, with the checkpoint's weights that its spec may name. Raises `BadTrainingSpec`."""
        asked = self.learner.spec.policy
        if asked.start:
            self.ledger.kept(begin(self.learner.policy, asked, artifacts))

    def kept(self, content_hash: str) -> None:
        """The weights are in a checkpoint now; so are the best, if they are the same."""
        self.ledger.kept(content_hash)
        if self._best is not None and self._best["version"] == self.learner.policy.version:
            self._best["ledger"] = copy.deepcopy(self.ledger.state())

    def step(self, bundles: Sequence[Bundle]) -> dict[str, float]:
        """One update and its numbers, with those of the evaluations whose turn it is.

        Whatever comes of it, the version and the count of updates go up by one: a version names one set of weights
        only, and costs one batch.

        Raises:
            TrainingDiverged: it did so again from the best weights, or there are none yet.
        """
        learner = self.learner
        before = learner.policy.version, learner.update
        numbers = self._learn(bundles)
        verdict = self._judge(numbers)
        if verdict.what == "keep":
            self._best = copy.deepcopy(learner.state() | {"ledger": self.ledger.state()})
        back = verdict.what == "back" and self._best is not None
        if back:
            log.warning("update %d: %s; back to the best weights", before[1] + 1, verdict.why)
            self._go_back()
        elif verdict.what == "back" and not self._helpless:
            self._helpless = True
            log.warning("update %d: %s; there are no better weights yet to go back to", before[1] + 1, verdict.why)
        learner.policy.version, learner.update = before[0] + 1, before[1] + 1
        return numbers | {"rolled_back": float(back)}

    def _go_back(self) -> None:
        policy, best = self.learner.policy, copy.deepcopy(self._best)
        assert best is not None
        spent = policy.passed
        self.ledger = Ledger(best.pop("ledger"))
        self.learner.load(best)
        policy.passed = spent  # though nothing came of it

    def _judge(self, numbers: dict[str, float]) -> Verdict:
        """Measures, if it is time; what to do now."""
        if "diverged" in numbers:
            return Verdict("back", "it diverged")
        learner = self.learner
        numbers |= self.measures.due(learner.update, learner.policy, learner.average)
        self._check_watched(numbers)
        verdict = self._guard.judge(numbers)
        due = self._every and learner.update % self._every == 0
        return Verdict("keep") if due and verdict.what == "fine" else verdict

    def _check_watched(self, numbers: Mapping[str, float]) -> None:
        """A number that no evaluation gives would leave the weights without a guard, and nobody would be told."""
        watched = self._guard.bounds.watch
        kind = watched.partition(".")[0]
        given = [name for name in numbers if name.startswith(f"{kind}.")]
        if watched and given and watched not in given:
            raise BadTrainingSpec(
                f"guard.watch is {watched!r}; {kind} gives {', '.join(sorted(given))}.", todo="Watch one of these."
            )

    def _learn(self, bundles: Sequence[Bundle]) -> dict[str, float]:
        try:
            numbers = self.learner.step(bundles)
        except TrainingDiverged as error:
            self._diverged += 1
            if self._best is None or self._diverged > TRIES:
                raise
            log.warning("%s", error)
            return {"diverged": 1.0}
        self._diverged = 0
        self.ledger.add(bundles)
        return numbers

    def state(self) -> dict[str, Any]:
        """All that an exact resume needs."""
        return {
            "learner": self.learner.state(), "guard": self._guard.state(), "best": self._best,
            "diverged": self._diverged, "ledger": self.ledger.state(),
        }  # fmt: skip

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state, as if there had been no break."""
        self.learner.load(state["learner"])
        self._guard.load(state["guard"])
        self._best, self._diverged = state["best"], state["diverged"]
        self.ledger = Ledger(state["ledger"])
