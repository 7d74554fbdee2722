"""How runs become figures: the end of a run counts, not its best moment, and of several runs the median."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import learning
from bench.jobs import JobFailed
from bench.learning import GOALS, arms, end, figures, run, runs
from workers.learner.spec import Spec


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


def test_a_run_that_ended_early_counts_by_its_last_evaluation_and_one_that_was_given_less_time_does_not() -> None:
    arm = arms("kuhn")[0]
    made = [[row(0, 0.5, 0.5, 40) | {"budget_s": 610}], [row(1, 0.1, 0.1, 250) | {"budget_s": 250}]]
    found = {figure.figure: figure for figure in figures(arm, made)}
    last = found["learning.kuhn.nashconv_last_5min"]
    assert (last.value, last.seeds) == (0.5, 1)


def test_the_plain_recipe_of_tic_tac_toe_tells_its_two_figures_at_its_end() -> None:
    arm = arms("tic_tac_toe")[0]
    rows = [{**row(0, 1, 1), "cpu_s": 299.0, "oracle.draw_vs_optimal": 0.7, "oracle.win_vs_random": 0.9}]
    found = {figure.figure: figure.value for figure in figures(arm, [rows])}
    assert (found["learning.tic_tac_toe.draw_vs_optimal"], found["learning.tic_tac_toe.win_vs_random"]) == (0.7, 0.9)
    assert "learning.tic_tac_toe.draw_vs_optimal_30min" not in found


def test_a_job_that_fails_is_a_seed_that_failed(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def fails(spec: Spec) -> Iterator[dict[str, float]]:
        yield {"nashconv.last": 0.7, "wall_s": 9.0}
        raise JobFailed("The job failed: it diverged.")

    monkeypatch.setattr(learning, "whole_job", fails)
    rows = run(arms("kuhn")[0], 5, argparse.Namespace(wall_s=610.0, cpu_s=None), None)
    assert [(one["nashconv.last"], one["budget_s"]) for one in rows] == [(0.7, 610.0)]
    told = capsys.readouterr().err
    assert "kuhn, seed 5: The job failed" in told
    assert "'nashconv.last': 0.7" in told


def test_the_arms_of_one_comparison_have_the_same_guard() -> None:
    assert {arm.spec.guard.watch for arm in arms("kuhn_control")} == {""}


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


def test_one_short_run_of_the_kuhn_recipe_learns() -> None:
    """Uniform play has a NashConv of .92. The whole recipe, over several seeds, is what the bench itself runs."""
    arm = next(arm for arm in arms("kuhn_control") if arm.name == "kuhn_regularised")
    made = run(arm, 1000, argparse.Namespace(cpu_s=8.0), None)
    found = {figure.figure: figure.value for figure in figures(arm, [made])}
    assert found["learning.kuhn_control.regularised_nashconv_last"] < 0.45
    assert found["learning.kuhn_control.regularised_nashconv_avg"] < 0.45
