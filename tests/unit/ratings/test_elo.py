from hypothesis import given
from hypothesis import strategies as st

from arena.ratings import elo

RATINGS = st.lists(st.integers(0, 4000 * elo.MICRO), min_size=2, max_size=7)


@st.composite
def played(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    ratings = draw(RATINGS)
    return ratings, draw(st.lists(st.integers(1, 4), min_size=len(ratings), max_size=len(ratings)))


@given(played())
def test_what_one_gains_others_lose(match: tuple[list[int], list[int]]) -> None:
    assert sum(elo.deltas(*match)) == 0


@given(played())
def test_seats_do_not_matter(match: tuple[list[int], list[int]]) -> None:
    ratings, ranks = match
    turned = elo.deltas(ratings[::-1], ranks[::-1])[::-1]
    # A pair's gain is rounded from one side: turning the table may move it by one micro-point a pair.
    assert all(abs(a - b) <= len(ratings) for a, b in zip(turned, elo.deltas(ratings, ranks), strict=True))


@given(played())
def test_no_match_moves_more_than_k(match: tuple[list[int], list[int]]) -> None:
    assert max(map(abs, elo.deltas(*match))) <= elo.K * elo.MICRO


def test_known_values() -> None:
    assert elo.deltas([elo.START, elo.START], [1, 2]) == [8_000_000, -8_000_000]
    assert elo.deltas([elo.START, elo.START], [1, 1]) == [0, 0]
    # 400 points ahead: expected 10/11, so a win gains 16/11 points.
    assert elo.deltas([1900 * elo.MICRO, elo.START], [1, 2]) == [1_454_545, -1_454_545]


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_expected_scores_sum_to_one(a: int, b: int) -> None:
    assert abs(elo.expected(a, b) + elo.expected(b, a) - 1) < 1e-12
