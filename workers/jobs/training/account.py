"""What a training job has spent over all of its runs, and how far that is of its budget."""

import time
from dataclasses import dataclass

from arena.core.jobs import Progress
from workers.learner.spec import Budget
from workers.rollout.done import Done

NAMES = ("cpu_s", "wall_s", "learner_s", "matches", "rollout_tokens")


@dataclass(slots=True)
class Account:
    """Goes on from what the former runs have spent."""

    budget: Budget
    before: dict[str, float]
    spent: dict[str, float]
    """Seconds of all processors, of the clock and of the learner; matches played; tokens that hosts passed forward."""
    began: float | None = None

    @classmethod
    def of(cls, budget: Budget, spent: dict[str, float] | None) -> "Account":
        """`spent`: by the former runs, if there were any."""
        spent = spent or dict.fromkeys(NAMES, 0.0)
        return cls(budget, dict(spent), dict(spent))

    def begin(self) -> None:
        """The clock begins to run, unless it runs: something was played. What starting up takes is nobody's budget."""
        self.began = time.monotonic() if self.began is None else self.began

    def add(self, learner_s: float, hosts: Done) -> None:
        """Note what the learner took for an update, and all that this run's hosts have done."""
        self.spent["learner_s"] += learner_s
        here = {
            "cpu_s": time.process_time() + hosts.cpu_s, "wall_s": self._ran_s,
            "matches": float(hosts.matches), "rollout_tokens": float(hosts.tokens),
        }  # fmt: skip
        self.spent |= {name: self.before[name] + spent for name, spent in here.items()}

    @property
    def _ran_s(self) -> float:
        return 0.0 if self.began is None else time.monotonic() - self.began

    @property
    def learner_busy(self) -> float:
        """The learner's share of the time."""
        return self.spent["learner_s"] / max(self.spent["wall_s"], 1e-9)

    def over(self, updates: int) -> bool:
        """Whether the budget is spent."""
        wall_s = self.before["wall_s"] + self._ran_s
        budget = self.budget
        return updates >= budget.updates or self.spent["cpu_s"] >= budget.cpu_s or wall_s >= budget.wall_s

    def progress(self, updates: int) -> Progress:
        """By whichever bound is nearest."""
        budget, spent = self.budget, self.spent
        shares = {
            "updates": (updates, budget.updates), "cpu seconds": (spent["cpu_s"], budget.cpu_s),
            "seconds": (spent["wall_s"], budget.wall_s),
        }  # fmt: skip
        unit, (done, of) = max(shares.items(), key=lambda item: item[1][0] / item[1][1])
        return Progress(min(int(done), int(of)), int(of), unit, {"update": updates})
