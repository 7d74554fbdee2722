import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from arena.ratings.wilson import interval

COUNT = st.integers(0, 5000)


@pytest.mark.parametrize(("wins", "losses"), [(1, 0), (0, 1), (7, 3), (50, 50), (999, 1)])
def test_equals_scipy_where_nothing_is_drawn(wins: int, losses: int) -> None:
    theirs = binomtest(wins, wins + losses).proportion_ci(0.95, method="wilson")
    assert interval(wins, 0, losses) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@given(COUNT, COUNT, COUNT)
def test_holds_the_score_within_bounds(wins: int, draws: int, losses: int) -> None:
    low, high = interval(wins, draws, losses)
    n = wins + draws + losses
    score = (wins + draws / 2) / n if n else 0.5
    assert 0 <= low <= score + 1e-12
    assert score - 1e-12 <= high <= 1


@given(COUNT, COUNT, COUNT)
def test_turns_with_the_table(wins: int, draws: int, losses: int) -> None:
    low, high = interval(wins, draws, losses)
    assert interval(losses, draws, wins) == pytest.approx((1 - high, 1 - low), abs=1e-9)
