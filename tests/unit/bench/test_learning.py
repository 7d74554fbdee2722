"""How runs become figures: the end of a run counts, not its best moment, and of several runs the median."""

import argparse
import json
from pathlib import Path

import pytest

from bench.learning import GOALS, arms, end, figures, runs


def row(seed: int, last: float, average: float, wall_s: float = 1.0) -> dict:
    return {
        "seed": seed, "nashconv.last": last, "nashconv.average": average, "matches": 1000.0, "cpu_rollout_s": 0.5,
        "wall_s": wall_s, "learner_busy": 0.8, "rollout_busy": 0.6,
    }  # fmt: skip


def test_a_run_is_judged_by_its_end() -> None:
    rows = [row(0, 3.0, 3.0), row(0, 1.0, 2.0, 9.0), row(0, 1.5, 1.2, 20.0)]
    assert (end(rows)["nashconv.last"], end(rows)["last_over_best"]) == (1.5, 1.5)
    assert (end(rows, 10.0)["nashconv.last"], end(rows, 10.0)["last_over_best"]) == (1.0, 1.0)


def test_the_median_of_the_seeds_is_held_against_the_target_and_the_range_is_shown(tmp_path: Path) -> None:
    arm = arms("kuhn")[0]
    lines = [
        row(0, 0.4, 0.04, 290), row(1, 0.1, 0.2), row(1, 0.1, 0.06, 299), row(1, 9.0, 9.0, 301), row(2, 0.2, 0.4, 280),
    ]  # fmt: skip
    (tmp_path / "kuhn.jsonl").write_text("\n".join(map(json.dumps, lines)))
    read = runs(arm, argparse.Namespace(stored=tmp_path))
    made = {figure.figure: figure for figure in figures(arm, read)}
    average, last = made["learning.kuhn.nashconv_avg_5min"], made["learning.kuhn.nashconv_last_5min"]
    assert (average.value, average.meets, average.seeds, average.target) == (0.06, True, 3, "<= 0.1")
    assert (last.value, last.meets) == (0.2, False)
    assert made["learning.kuhn.nashconv_avg_5min.least"].value == 0.04
    assert made["learning.kuhn.nashconv_avg_5min.most"].value == 0.4
    assert "learning.kuhn.nashconv_last_10min" not in made, "none of them went on for so long"
    assert (made["learner.busy_share"].value, made["rollout.busy_share"].value) == (0.8, 0.6)


def test_processor_time_is_told_where_all_is_one_process() -> None:
    made = {figure.figure: figure for figure in figures(arms("leduc")[0], [[row(0, 1.0, 1.0)]])}
    assert made["learning.leduc.rollout_matches"].value == 2000


@pytest.mark.parametrize("recipe", GOALS)
def test_every_recipe_measures_what_its_goals_ask_for(recipe: str) -> None:
    for arm in arms(recipe):
        kinds = {evaluation.kind for evaluation in arm.spec.evaluations}
        asked = {goal.number.partition(".")[0] for goal in arm.goals} - {"last_over_best"}
        assert asked <= kinds
    assert len(arms(recipe)) == (4 if recipe == "kuhn_control" else 1)
