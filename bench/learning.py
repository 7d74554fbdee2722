"""How well and how fast the recipes learn, over several seeds, by exact evaluation.

Kuhn poker is run as users run it: as a job through Redis and Ray in an arena of its own, and its seconds are of the
clock. The others are run in one process on one thread: their seconds are of processor time, rollouts and evaluation
included. `--curves` keeps every evaluation.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from arena.core.errors import TrainingDiverged
from bench.figures import Figure, report
from bench.jobs import JobFailed, whole_job
from workers.learner.spec import Budget, Part, Spec, read
from workers.rollout.alone import Alone

RECIPES = Path(__file__).parent.parent / "examples" / "train"
STALE = 100
SEEDS = 3
LASTED = 0.9
"""What share of the time to a moment a run must have lasted of which it is not known how much time it was given."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure of a recipe: which number of the last evaluation, and what it is to reach."""

    figure: str
    number: str
    most: float | None = None
    least: float | None = None
    by_s: float | None = None
    """Seconds after which it is read; else at the end. What was given less time is left out, …"""
    shorter: bool = False
    """… or read at its end."""

    def meets(self, value: float) -> bool | None:
        if self.most is None and self.least is None:
            return None
        return value <= self.most if self.most is not None else value >= (self.least or 0.0)

    @property
    def target(self) -> str | None:
        return f"<= {self.most}" if self.most is not None else f">= {self.least}" if self.least is not None else None


GOALS = {
    "kuhn": [
        Goal("kuhn.nashconv_avg_5min", "nashconv.average", most=0.10, by_s=300),
        Goal("kuhn.nashconv_last_5min", "nashconv.last", most=0.15, by_s=300),
        Goal("kuhn.nashconv_avg_10min", "nashconv.average", most=0.02, by_s=600),
        Goal("kuhn.nashconv_last_10min", "nashconv.last", by_s=600),
    ],
    "kuhn_control": [
        Goal("kuhn_control.nashconv_avg", "nashconv.average"),
        Goal("kuhn_control.nashconv_last", "nashconv.last"),
    ],
    "leduc": [
        Goal("leduc.nashconv_15min", "nashconv.last", most=1.5),
        Goal("leduc.nashconv_avg_15min", "nashconv.average", most=1.5),
        Goal("leduc.last_over_best", "last_over_best", most=1.2),
    ],
    "tic_tac_toe": [
        Goal("tic_tac_toe.draw_vs_optimal", "oracle.draw_vs_optimal", least=0.60, by_s=900, shorter=True),
        Goal("tic_tac_toe.win_vs_random", "oracle.win_vs_random", least=0.80, by_s=900, shorter=True),
        Goal("tic_tac_toe.draw_vs_optimal_30min", "oracle.draw_vs_optimal", least=0.60, by_s=1800),
        Goal("tic_tac_toe.win_vs_random_30min", "oracle.win_vs_random", least=0.80, by_s=1800),
    ],
    "connect_four": [
        Goal("connect_four.win_vs_random", "references.win_vs_random"),
        Goal("connect_four.win_vs_mcts_10", "references.win_vs_mcts_10"),
    ],
    "smollm2_kuhn_clone": [Goal("smollm2_kuhn.bc_nashconv", "nashconv.last", most=0.05)],
    "smollm2_kuhn": [
        Goal("smollm2_kuhn.rl_nashconv", "nashconv.last", most=0.30),
        Goal("smollm2_kuhn.rl_nashconv_avg", "nashconv.average"),
    ],
}


@dataclass(frozen=True, slots=True)
class Arm:
    """A recipe as it stands, or with one thing changed."""

    name: str
    spec: Spec
    goals: Sequence[Goal]
    delay: int = 0
    job: bool = False
    """Whether it goes through Redis and Ray."""

    @property
    def clock(self) -> str:
        return "wall_s" if self.job else "cpu_s"


def arms(recipe: str) -> list[Arm]:
    """What is run for a recipe. The controls of Kuhn poker are no regulariser, old data, and, in one process as those
    are, the recipe itself."""
    spec = read(RECIPES / f"{recipe}.toml")
    found = [Arm(recipe, spec, GOALS[recipe], job=recipe == "kuhn")]
    if recipe == "kuhn_control":
        old = read(RECIPES / "kuhn.toml")
        goals = [
            Goal("kuhn_control.regularised_nashconv_avg", "nashconv.average"),
            Goal("kuhn_control.regularised_nashconv_last", "nashconv.last"),
        ]
        old = msgspec.structs.replace(old, guard=spec.guard)  # none: it would take back what they are to show
        found.append(Arm("kuhn_regularised", old, goals))
        for name, loss in (("stale", Part("reinforce", {"truncate": None})), ("stale_clipped", Part("ppo_clip"))):
            learning = msgspec.structs.replace(old.learning, loss=loss, max_staleness=10 * STALE, max_kl=1e6)
            goals = [Goal(f"kuhn_control.{name}_nashconv_avg", "nashconv.average")]
            goals.append(Goal(f"kuhn_control.{name}_nashconv_last", "nashconv.last"))
            changed = msgspec.structs.replace(old, name=f"kuhn_{name}", learning=learning)
            found.append(Arm(changed.name, changed, goals, STALE))
    return found


def run(arm: Arm, seed: int, options: argparse.Namespace, kept: Path | None) -> list[Row]:
    """The evaluations of one run, in order; each is kept as soon as it is there.

    A run that diverges, or a job that fails, ends early: its last evaluation stands.
    """
    budget = Budget(wall_s=options.wall_s) if arm.job else arm.spec.budget
    if options.cpu_s:
        budget = msgspec.structs.replace(budget, cpu_s=options.cpu_s)
    spec = msgspec.structs.replace(arm.spec, seed=seed, budget=budget)
    given = {"budget_s": budget.wall_s if arm.job else budget.cpu_s}
    rows: list[Row] = []
    try:
        for numbers in whole_job(spec) if arm.job else Alone(spec, arm.delay).run():
            if any("." in name for name in numbers):
                rows.append({"recipe": arm.name, "seed": seed, **given, **{k: _short(v) for k, v in numbers.items()}})
                if kept:
                    with kept.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(rows[-1]) + "\n")
    except (TrainingDiverged, JobFailed) as error:
        print(f"{arm.name}, seed {seed}: {error} Its last evaluation: {rows[-1:] or 'none'}.", file=sys.stderr)
    return rows


def end(rows: Sequence[Row], by_s: float | None = None, clock: str = "wall_s") -> Row:
    """What a run came to, in the end or by a moment: its last evaluation, and how that compares with its best."""
    done = [row for row in rows if by_s is None or row[clock] <= by_s]
    last = dict(done[-1])
    if "nashconv.last" in last:
        last["last_over_best"] = last["nashconv.last"] / min(row["nashconv.last"] for row in done)
    return last


def given_s(rows: Sequence[Row], clock: str) -> float:
    """How long a run might take, or might at least have taken: one that ended early for its own faults counts."""
    return rows[-1].get("budget_s", rows[-1][clock] / LASTED)


def figures(arm: Arm, made: Sequence[Sequence[Row]]) -> Iterable[Figure]:
    """The median of the seeds with its verdict, then the range."""
    for goal in arm.goals:
        lasted = [rows for rows in made if goal.by_s is None or goal.shorter or given_s(rows, arm.clock) >= goal.by_s]
        values = [end(rows, goal.by_s, arm.clock)[goal.number] for rows in lasted]
        if not values:
            continue
        middle = statistics.median(values)
        name = f"learning.{goal.figure}"
        yield Figure(name, middle, "", target=goal.target, meets=goal.meets(middle), seeds=len(values))
        yield Figure(f"{name}.least", min(values), "", seeds=len(values))
        yield Figure(f"{name}.most", max(values), "", seeds=len(values))
    ends = [end(rows) for rows in made]
    if arm.job:
        for name in ("learner", "rollout"):
            shares = [row[f"{name}_busy"] for row in ends]
            yield Figure(f"{name}.busy_share", statistics.median(shares), "of its time", seeds=len(shares))
        return
    rates = [row["matches"] / row["cpu_rollout_s"] for row in ends]
    yield Figure(f"learning.{arm.name}.rollout_matches", statistics.median(rates), "1/cpu_s", seeds=len(rates))


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def runs(arm: Arm, options: argparse.Namespace) -> list[list[Row]]:
    """The runs of every seed: made now, or read from where they were kept."""
    if options.stored:
        file = options.stored / f"{arm.name}.jsonl"
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.is_file() else []
        return [[row for row in rows if row["seed"] == seed] for seed in sorted({row["seed"] for row in rows})]
    kept = options.curves / f"{arm.name}.jsonl" if options.curves else None
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text("", encoding="utf-8")
    return [run(arm, options.first_seed + k, options, kept) for k in range(options.seeds)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", choices=[*GOALS, "all"], default="all")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--first-seed", type=int, default=1000, help="recipes were chosen on others")
    parser.add_argument("--cpu-s", type=float, help="in place of the recipe's budget")
    parser.add_argument("--wall-s", type=float, default=610.0, help="how long a job through Redis and Ray takes")
    parser.add_argument("--curves", type=Path, help="a folder to keep every evaluation in")
    parser.add_argument("--stored", type=Path, help="a folder of kept evaluations to read instead of running")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    made: list[Figure] = []
    for recipe in GOALS if options.recipe == "all" else [options.recipe]:
        for arm in arms(recipe):
            if found := [rows for rows in runs(arm, options) if rows]:
                made.extend(figures(arm, found))
    report(made, json=options.json)


if __name__ == "__main__":
    main()
