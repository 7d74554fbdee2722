import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.pairing.pace import FLOOR, matches_per_minute
from arena.ratings.wilson import interval


def pace(*intervals: tuple[float, float], made: int = 0) -> float:
    return matches_per_minute(60, intervals, made_today=made, daily=100)


def test_full_pace_for_newcomers() -> None:
    assert pace((0, 1), (0.49, 0.51)) == 60


def test_slower_once_everybody_is_known() -> None:
    assert pace((0.45, 0.55), (0.4, 0.6)) == pytest.approx(60 * 0.1 / 0.25)
    assert pace((0.5, 0.5), (0.5, 0.5)) == 60 * FLOOR


@pytest.mark.parametrize(("members", "made"), [(1, 0), (0, 0), (2, 100), (2, 101)])
def test_nothing_without_a_pair_or_a_budget(members: int, made: int) -> None:
    assert pace(*[(0.0, 1.0)] * members, made=made) == 0


@given(st.integers(0, 300), st.integers(0, 300))
def test_more_games_never_speed_it_up(games: int, more: int) -> None:
    few, many = interval(games, 0, games), interval(games + more, 0, games + more)
    assert pace(many, many) <= pace(few, few)
