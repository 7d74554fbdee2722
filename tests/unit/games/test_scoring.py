"""What a forfeit costs, and whom it pays."""

import pytest

from games import catalog
from games.scoring import forfeit_scores, ranks


def standing(game: str, loser: int, variant: str = "standard") -> tuple[list[float], list[int]]:
    scores = forfeit_scores(catalog.load(game), variant, 1, loser)
    return scores, ranks(scores, loser)


def test_who_better_scores_ranks_higher_and_equals_share() -> None:
    assert ranks([1.0, 3.0, 1.0]) == [2, 1, 2]


@pytest.mark.parametrize("game", [name for name in catalog.names() if name != "tiny_hanabi"])
def test_whoever_faulted_is_last_alone(game: str) -> None:
    """Where the worst score is what the others get, too, it would be a draw."""
    seats = catalog.load(game).facts.variants["standard"].seats
    for loser in range(seats):
        scores, places = standing(game, loser)
        assert places == [seats if seat == loser else 1 for seat in range(seats)] or game == "open_debate"
        assert places[loser] == seats
        if catalog.load(game).facts.payoff == "zero_sum":
            assert sum(scores) == 0


@pytest.mark.parametrize(("variant", "judges"), [("standard", (2,)), ("jury", (2, 3, 4))])
def test_judges_neither_pay_nor_gain(variant: str, judges: tuple[int, ...]) -> None:
    scores, _ = standing("open_debate", 0, variant)
    assert scores == [-1.0, 1.0, *[0.0 for _ in judges]]
    assert standing("open_debate", judges[0], variant)[0] == [0.0] * (2 + len(judges))


def test_elo_is_for_one_against_one_for_the_same_stakes() -> None:
    unrated = set(catalog.names()) - set(catalog.laddered())
    assert unrated == {"bargaining", "oh_hell", "open_debate", "social_deduction", "tiny_hanabi"}
