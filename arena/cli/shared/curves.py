"""The numbers of a training job as they come: the newest, the best of each evaluation, and a curve in characters."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from arena.flow import measured

LEVELS = "▁▂▃▄▅▆▇█"


class Curves:
    """Rows of `/jobs/ID/metrics`, in order. `watch` is the evaluation's number that the guard watches, if it does."""

    def __init__(self, watch: str = "", better: str = "low") -> None:
        self._asked, self._better = watch, better
        self.newest: dict[str, float] = {}
        self.last: str | None = None
        """The id of the last row."""
        self.evaluations: dict[str, list[tuple[int, float]]] = {}
        """(update, value) by the number's name."""
        self._times: list[tuple[float, float]] = []

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Take in the rows that follow."""
        for row in rows:
            numbers: dict[str, float] = row["numbers"]
            self.last = row["id"]
            self.newest = {**self.newest, **numbers, "update": row["update"]}
            if "matches" in numbers and "wall_s" in numbers:
                self._times = [*self._times[-9:], (numbers["wall_s"], numbers["matches"])]
            for name, value in numbers.items():
                if "." in name:
                    points = self.evaluations.setdefault(name, [])
                    while points and points[-1][0] >= row["update"]:
                        points.pop()  # of a run that ended: the job went on from before it
                    points.append((row["update"], value))

    @property
    def watched(self) -> str | None:
        """The number that matters: the guard's, else the first there is."""
        return self._asked if self._asked in self.evaluations else next(iter(self.evaluations), None)

    @property
    def games_per_s(self) -> float | None:
        """Over the last ten rows."""
        if len(self._times) < 2:
            return None
        (begin, before), (end, after) = self._times[0], self._times[-1]
        return (after - before) / (end - begin) if end > begin and after >= before else None

    def best(self, name: str) -> tuple[int, float] | None:
        """Where and what an evaluation's best value was; None for a number that has no best, such as a draw's share."""
        better = self._better if name == self._asked else measured.better(name)
        if not better:
            return None
        return (max if better == "high" else min)(self.evaluations[name], key=lambda point: point[1])


def curve(values: Sequence[float], width: int) -> str:
    """Values as a line of blocks no wider than `width`, each the mean of its share; from 0 where they are near it."""
    if not values:
        return ""
    columns = min(width, len(values))
    cuts = [round(k * len(values) / columns) for k in range(columns + 1)]
    means = [sum(values[a:b]) / (b - a) for a, b in pairwise(cuts)]
    low, high = min(0.0, *means), max(means)
    span = high - low or 1.0
    return "".join(LEVELS[min(int((mean - low) / span * len(LEVELS)), len(LEVELS) - 1)] for mean in means)
