"""Trains in one process: plays, learns, measures, goes back when the guard says so. A job without its queue."""

import copy
import gc
import time
from collections import deque
from collections.abc import Iterator

from arena.core.bundling import Bundler, fit
from arena.core.settings import Settings
from arena.core.trajectory import Bundle, pack, unpack
from arena.store.artifacts import Artifacts
from workers.learner.guarded import Guarded
from workers.learner.spec import Spec
from workers.rollout.policies import Copies
from workers.rollout.tables import Tables


class Alone:
    """A whole job in one process.

    Args:
        delay: batches that wait before they are learnt from, to see what old data do.
    """

    def __init__(self, spec: Spec, delay: int = 0) -> None:
        self.spec = spec
        self.guarded = Guarded(spec)
        self.guarded.begin(Artifacts(Settings.read().artifacts))
        self.learner = self.guarded.learner
        self._copies = Copies(copy.deepcopy(self.learner.policy), self.learner.pool)
        self.tables = Tables(spec, self._copies, spec.name, "alone")
        self._bundler = Bundler(spec.name, 0, "alone")
        self._waiting: deque[list[Bundle]] = deque()
        self._delay = delay
        self._played = 0
        gc.freeze()  # torch and the rules are here to stay: collecting what a batch leaves must not walk them
        self._began = time.process_time(), time.monotonic()
        self.busy = {"rollout": 0.0, "learner": 0.0}
        """CPU seconds of each part; evaluations are the learner's."""

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
            self._waiting.append([b for _ in range(self.spec.learning.bundles) for b in self._play()])
        begun = time.process_time()
        numbers = self.guarded.step(self._waiting.popleft())
        self.busy["learner"] += time.process_time() - begun
        if numbers["rolled_back"]:
            self._waiting.clear()  # played by the weights that were left
        cpu, wall = self._began
        numbers |= {f"cpu_{part}_s": spent for part, spent in self.busy.items()} | {"matches": float(self._played)}
        return numbers | {"cpu_s": time.process_time() - cpu, "wall_s": time.monotonic() - wall}

    def _play(self) -> list[Bundle]:
        begun = time.process_time()
        learner, matches = self.learner, self.spec.learning.matches
        self._copies.newest.load(learner.policy.module.state_dict(), learner.policy.version)
        self.tables.forget()
        self.tables.play(matches, self._played, self._bundler)
        bundles = [unpack(pack(part)) for part in fit(self._bundler.bundle())]
        self._played += matches
        self.busy["rollout"] += time.process_time() - begun
        return bundles
