"""A training job's numbers on the terminal."""

import pytest

from arena.cli.shared.curves import Curves, curve
from arena.cli.shared.training import line


def row(update: int, **numbers: float) -> dict[str, object]:
    return {"id": str(update), "update": update, "numbers": {k.replace("__", "."): v for k, v in numbers.items()}}


def test_the_newest_numbers_and_the_best_of_each_evaluation() -> None:
    curves = Curves("nashconv.last")
    curves.add([row(50, loss=1.0, nashconv__last=0.5, oracle__win_vs_random=0.5), row(60, loss=0.5)])
    curves.add([row(100, loss=0.25, nashconv__last=0.2, oracle__win_vs_random=0.9), row(150, nashconv__last=0.3)])
    assert (curves.newest["loss"], curves.newest["update"], curves.last) == (0.25, 150, "150")
    assert curves.best("nashconv.last") == (100, 0.2)
    assert curves.best("oracle.win_vs_random") == (100, 0.9)
    assert curves.watched == "nashconv.last"


def test_what_is_best_is_as_the_evaluation_says_and_some_numbers_have_no_best() -> None:
    curves = Curves("references.score_vs_mcts", "high")
    for update, value in ((20, 0.61), (40, 0.695), (60, 0.5)):
        names = ("win_vs_random", "win_vs_random_average", "score_vs_mcts", "loss_vs_random", "error_vs_random")
        curves.add([row(update, **{f"references__{name}": value for name in names})])
    for name in ("win_vs_random", "win_vs_random_average", "score_vs_mcts"):
        assert curves.best(f"references.{name}") == (40, 0.695)
    assert curves.best("references.loss_vs_random") == (60, 0.5)
    assert curves.best("references.error_vs_random") is None
    assert "references.error_vs_random 0.5" in line({"name": "x", "state": "running", "progress": None}, curves)


def test_a_run_that_goes_on_from_before_takes_the_place_of_what_it_left_behind() -> None:
    curves = Curves()
    curves.add([row(k, nashconv__last=k / 100) for k in (50, 100, 150)])
    curves.add([row(100, nashconv__last=0.7)])
    assert curves.evaluations["nashconv.last"] == [(50, 0.5), (100, 0.7)]


def test_what_is_watched_may_be_better_high_and_need_not_be_named() -> None:
    curves = Curves("mine.score", "high")
    assert curves.watched is None
    curves.add([row(1, other__x=1.0, mine__score=0.1), row(2, mine__score=0.7)])
    assert (curves.watched, curves.best("mine.score")) == ("mine.score", (2, 0.7))
    free = Curves()
    free.add([row(1, other__x=1.0)])
    assert free.watched == "other.x"


def test_the_rate_is_of_the_last_rows_and_none_across_a_new_count() -> None:
    curves = Curves()
    assert curves.games_per_s is None
    curves.add([row(k, matches=100.0 * k, wall_s=k / 2) for k in range(30)])
    assert curves.games_per_s == pytest.approx(200)
    curves.add([row(31, matches=5.0, wall_s=16.0)])
    assert curves.games_per_s is None


@pytest.mark.parametrize(
    ("values", "width", "drawn"),
    [
        ([], 10, ""),
        ([0.0, 0.5, 1.0], 10, "▁▅█"),
        ([0.9, 0.9, 0.1, 0.1], 2, "█▁"),
        ([3.0], 10, "█"),
        ([0.0, 0.0], 10, "▁▁"),
        ([-1.0, 0.0, 1.0], 10, "▁▅█"),
    ],
)
def test_a_curve_in_blocks(values: list[float], width: int, drawn: str) -> None:
    assert curve(values, width) == drawn
