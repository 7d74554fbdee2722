"""Which of an evaluation's numbers are better high, as its own literal says."""

import pytest

from arena.flow.measured import EVALUATIONS, better, order


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nashconv.last", "low"),
        ("nashconv.average", "low"),
        ("oracle.draw_vs_optimal", "high"),
        ("oracle.draw_vs_random", ""),
        ("references.win_vs_mcts_10", "high"),
        ("references.loss_vs_mcts_10_average", "low"),
        ("references.error_vs_random", ""),
        ("references.win_vs_", ""),
        ("nobody.knows", ""),
        ("loss", ""),
        ("", ""),
    ],
)
def test_direction(name: str, said: str) -> None:
    assert better(name) == said


def test_order_is_that_of_the_literal_and_what_is_not_known_comes_last() -> None:
    names = ["error_vs_b", "x", "win_vs_a_average", "win_vs_b", "score_vs_b", "score_vs_a"]
    found = sorted((f"references.{name}" for name in names), key=order)
    assert [name.partition(".")[2] for name in found] == [
        "score_vs_a", "score_vs_b", "win_vs_b", "error_vs_b", "win_vs_a_average", "x",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", EVALUATIONS.names())
def test_every_evaluation_says_a_direction_that_is_one(kind: str) -> None:
    assert set(EVALUATIONS.literal(kind, "PART")["numbers"].values()) <= {"high", "low", ""}
