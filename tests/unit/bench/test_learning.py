"""How runs become figures: the end of a run counts, not its best moment, and of several runs the median."""

import argparse
import json
from pathlib import Path

import pytest

from bench.learning import GOALS, arms, end, figures, runs


def row(seed: int, last: float, average: float) -> dict:
    return {
        "seed": seed, "nashconv.last": last, "nashconv.average": average, "matches": 1000.0, "cpu_rollout_s": 0.5,
    }  # fmt: skip


def test_a_run_is_judged_by_its_end() -> None:
    found = end([row(0, 3.0, 3.0), row(0, 1.0, 2.0), row(0, 1.5, 1.2)])
    assert (found["nashconv.last"], found["last_over_best"]) == (1.5, 1.5)


def test_the_median_of_the_seeds_is_held_against_the_target_and_the_range_is_shown(tmp_path: Path) -> None:
    arm = arms("kuhn")[0]
    lines = [row(0, 0.4, 0.04), row(1, 0.1, 0.2), row(1, 0.1, 0.06), row(2, 0.2, 0.4)]
    (tmp_path / "kuhn.jsonl").write_text("\n".join(map(json.dumps, lines)))
    read = runs(arm, argparse.Namespace(stored=tmp_path))
    made = {figure.figure: figure for figure in figures(arm, [end(rows) for rows in read])}
    average, last = made["learning.kuhn.nashconv_avg_5min"], made["learning.kuhn.nashconv_last_5min"]
    assert (average.value, average.meets, average.seeds, average.target) == (0.06, True, 3, "<= 0.1")
    assert (last.value, last.meets) == (0.2, False)
    assert made["learning.kuhn.nashconv_avg_5min.least"].value == 0.04
    assert made["learning.kuhn.nashconv_avg_5min.most"].value == 0.4
    assert made["learning.kuhn.rollout_matches"].value == 2000


@pytest.mark.parametrize("recipe", GOALS)
def test_every_recipe_measures_what_its_goals_ask_for(recipe: str) -> None:
    for arm in arms(recipe):
        kinds = {evaluation.kind for evaluation in arm.spec.evaluations}
        asked = {goal.number.partition(".")[0] for goal in arm.goals} - {"last_over_best"}
        assert asked <= kinds
    assert len(arms(recipe)) == (3 if recipe == "kuhn_control" else 1)
