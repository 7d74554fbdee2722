"""Says when training has gone wrong and must go back to its best weights. It decides; who drives the learner acts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from workers.learner.spec import Guard as Bounds


@dataclass(frozen=True, slots=True)
class Verdict:
    """`keep`: these weights are the best so far. `back`: return to the best."""

    what: Literal["fine", "keep", "back"]
    why: str = ""


class Guard:
    """Watches the numbers of each update, and those of evaluations where there are any."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.best: float | None = None
        self.falls = 0
        """Evaluations on end that were worse than the best by more than the slack."""

    def judge(self, numbers: Mapping[str, float]) -> Verdict:
        """One update's numbers."""
        bounds = self.bounds
        if numbers.get("forfeits", 0.0) > bounds.max_forfeits:
            return Verdict("back", f"{numbers['forfeits']:.0%} of the trajectories ended in a forfeit")
        if numbers.get("turns") and numbers.get("entropy", 1.0) < bounds.min_entropy:
            return Verdict("back", f"entropy fell to {numbers['entropy']:.3g} nats")
        if numbers.get("kl_behaviour", 0.0) > bounds.max_kl:
            return Verdict("back", f"KL from what played rose to {numbers['kl_behaviour']:.3g} nats")
        watched = numbers.get(bounds.watch)
        return Verdict("fine") if watched is None else self._watch(watched)

    def _watch(self, watched: float) -> Verdict:
        low, sound = self.bounds.better == "low", math.isfinite(watched)
        if sound and (self.best is None or (watched < self.best if low else watched > self.best)):
            self.best, self.falls = watched, 0
            return Verdict("keep")
        best, slack = math.nan if self.best is None else self.best, self.bounds.slack
        # Nothing is better or worse than what is no number: it would be the best for ever, or never be seen.
        worse = not sound or (watched > best + slack if low else watched < best - slack)
        self.falls = self.falls + 1 if worse else 0
        if self.falls < self.bounds.patience:
            return Verdict("fine")
        self.falls = 0
        return Verdict("back", f"{self.bounds.watch} is {watched:.3g}; the best was {best:.3g}")

    def state(self) -> dict[str, float | None]:
        """For exact resume."""
        return {"best": self.best, "falls": self.falls}

    def load(self, state: Mapping[str, float | None]) -> None:
        """Go on from there."""
        self.best, self.falls = state["best"], int(state["falls"] or 0)
