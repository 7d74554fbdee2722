"""Which curves the page of a training job draws: its evaluations, the Elo of its checkpoints, and what it learns by."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.climbing import Checkpoint
from api.dashboard.chart import Chart, chart
from arena.flow import measured

EVALUATIONS = {
    "nashconv": "NashConv (0 is an equilibrium)", "oracle": "Results against perfect and random play",
    "references": "Results against frozen agents (shares; score and its standard error)",
}  # fmt: skip
NUMBERS = {
    "Loss": ("loss", "value_loss"), "Entropy (nats)": ("entropy",), "KL (nats)": ("kl_behaviour", "penalty_kl"),
    "Staleness (updates)": ("staleness", "staleness_max"), "Forfeits (share)": ("forfeits",),
    "Busy (share)": ("learner_busy", "rollout_busy"),
}  # fmt: skip


def evaluations(spec: Mapping[str, Any]) -> list[str]:
    """The kinds of evaluations of a training spec, the watched one first; of another job's, none."""
    asked = spec.get("evaluations") or []
    kinds = [one["kind"] for one in asked if isinstance(one, dict) and "kind" in one]
    kind_watched = watched(spec).partition(".")[0]
    return sorted(dict.fromkeys(kinds), key=lambda kind: kind != kind_watched)


def watched(spec: Mapping[str, Any]) -> str:
    """The number that the guard of a training spec watches; empty where there is none."""
    return str((spec.get("guard") or {}).get("watch", ""))


def counting(rows: Sequence[Any]) -> list[Any]:
    """Rows without those that a run which went on from before them has taken the place of."""
    kept: list[Any] = []
    for row in rows:
        while kept and kept[-1].step >= row.step:
            kept.pop()
        kept.append(row)
    return kept


def charts(
    spread: Sequence[Any], evaluated: Mapping[str, Sequence[Any]], climbed: Sequence[Checkpoint], watched: str = ""
) -> list[Chart]:
    """All over the same updates, so that they can be read one against the other. `watched` is the guard's number."""
    updates = max((row.step for rows in (spread, *evaluated.values()) for row in rows[-1:]), default=0)
    updates = max(updates, *(one.update for one in climbed), 0)
    drawn = [
        chart(EVALUATIONS.get(kind, kind.replace("_", " ")), _evaluation(kind, rows, watched), updates)
        for kind, rows in evaluated.items()
    ]
    drawn.append(chart("Elo of its checkpoints", _elo(climbed), updates, marked=True))
    for title, names in NUMBERS.items():
        points = {name.replace("_", " "): _points(spread, name) for name in names}
        drawn.append(chart(title, {name: found for name, found in points.items() if any(y for _, y in found)}, updates))
    return [one for one in drawn if one]


def _evaluation(kind: str, rows: Sequence[Any], watched: str) -> dict[str, list[tuple[float, float]]]:
    """By name, the watched number first, the others as the evaluation lists them: a chart has room for a few."""
    found = {name for row in rows for name in row.numbers if name.startswith(f"{kind}.")}
    names = sorted(found, key=lambda name: (name != watched, measured.order(name)))
    return {name.partition(".")[2].replace("_", " "): _points(rows, name) for name in names}


def _points(rows: Sequence[Any], name: str) -> list[tuple[float, float]]:
    return [(row.step, row.numbers[name]) for row in rows if name in row.numbers]


def _elo(climbed: Sequence[Checkpoint]) -> dict[str, list[tuple[float, float]]]:
    """By ladder; a checkpoint that was made again after a crash counts as it was made last."""
    found: dict[str, dict[float, float]] = {}
    for one in climbed:
        for rating in one.ratings:
            found.setdefault(rating.ladder.partition("/")[0], {})[one.update] = rating.elo
    return {ladder: sorted(points.items()) for ladder, points in found.items()}
