"""Trains in one process: plays, learns, measures, goes back when the guard says so. A job without its queue."""

import copy
import gc
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

from arena.core.trajectory import Bundle, pack, unpack
from workers.learner.evaluation import Measures
from workers.learner.guard import Guard
from workers.learner.learner import Learner
from workers.learner.spec import Spec
from workers.policy.policy import build
from workers.rollout.tables import Origin, Tables


class Alone:
    """A whole job in one process.

    Args:
        delay: batches that wait before they are learnt from, to see what old data do.
    """

    def __init__(self, spec: Spec, delay: int = 0) -> None:
        self.spec = spec
        policy = build(spec.policy.backend, spec.policy.spec, spec.seed)
        self.learner = Learner(spec, policy)
        self.tables = Tables(spec, copy.deepcopy(policy), Origin(spec.name, 0, "alone"))
        self.guard = Guard(spec.guard)
        self.measures = Measures(spec)
        self._waiting: deque[list[Bundle]] = deque()
        self._delay = delay
        self._played = 0
        self._best: dict[str, Any] | None = None
        gc.freeze()  # torch and the rules are here to stay: collecting what a batch leaves must not walk them
        self._began = time.process_time(), time.monotonic()
        self.busy = {"rollout": 0.0, "learner": 0.0, "evaluation": 0.0}
        """CPU seconds of each part."""

    def run(self) -> Iterator[dict[str, float]]:
        """Updates until the budget is spent; gives the numbers of each."""
        budget = self.spec.budget
        while self.learner.update < budget.updates:
            numbers = self.once()
            yield numbers
            if numbers["cpu_s"] >= budget.cpu_s or numbers["wall_s"] >= budget.wall_s:
                return

    def once(self) -> dict[str, float]:
        """Play a batch, learn from one, measure if it is time."""
        while len(self._waiting) <= self._delay:
            self._waiting.append([self._play() for _ in range(self.spec.learning.bundles)])
        begun = time.process_time()
        numbers = self.learner.step(self._waiting.popleft())
        self.busy["learner"] += time.process_time() - begun
        numbers |= self.measure()
        verdict = self.guard.judge(numbers)
        if verdict.what == "keep":
            self._best = copy.deepcopy(self.learner.state())
        elif verdict.what == "back" and self._best is not None:
            self._back()
        cpu, wall = self._began
        numbers |= {f"cpu_{part}_s": spent for part, spent in self.busy.items()}
        numbers |= {"rolled_back": float(verdict.what == "back"), "matches": float(self._played)}
        return numbers | {"cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - wall}

    def measure(self) -> dict[str, float]:
        """The evaluations whose turn it is, as `kind.number`."""
        begun, learner = time.process_time(), self.learner
        found = self.measures.due(learner.update, learner.policy, learner.average)
        self.busy["evaluation"] += time.process_time() - begun
        return found

    def _play(self) -> Bundle:
        begun = time.process_time()
        learner, matches = self.learner, self.spec.learning.matches
        self.tables.pool = learner.pool
        self.tables.learn(learner.policy.version, learner.policy.module.state_dict())
        bundle = unpack(pack(self.tables.play(matches, self._played)))
        self._played += matches
        self.busy["rollout"] += time.process_time() - begun
        return bundle

    def _back(self) -> None:
        """To the best weights, with the version and the updates counted on: what was played meanwhile is old."""
        assert self._best is not None
        version, update = self.learner.policy.version, self.learner.update
        self.learner.load(copy.deepcopy(self._best))
        self.learner.policy.version, self.learner.update = version + 1, update
        self._waiting.clear()
