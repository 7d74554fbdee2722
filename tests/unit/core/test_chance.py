from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.chance import Chance, derive

SEED = st.integers(0, 2**63 - 1)
FIRST_WORDS = [13435648307350579764, 14818979533484651488, 4504606891059362275]
ROUND_SEED = 813799958773805591


def test_the_stream_is_fixed_for_good() -> None:
    """These numbers are part of every match ever played: they must never change."""
    stream = Chance(7)
    assert [stream.word() for _ in range(3)] == FIRST_WORDS
    assert derive(7, "round", 3) == ROUND_SEED


@given(SEED, st.integers(1, 1000))
def test_below_is_below(seed: int, n: int) -> None:
    assert 0 <= Chance(seed).below(n) < n


@given(SEED)
def test_a_copy_goes_on_alike(seed: int) -> None:
    stream = Chance(seed)
    stream.word()
    assert stream.copy().word() == stream.word()


def test_outcomes_come_as_often_as_they_should() -> None:
    stream, n = Chance(11), 30_000
    seen = Counter(stream.outcome([(4, 0.5), (7, 0.3), (9, 0.2)]) for _ in range(n))
    assert [seen[k] / n for k in (4, 7, 9)] == pytest.approx([0.5, 0.3, 0.2], abs=0.01)


@given(SEED, st.text(max_size=5), st.text(max_size=5))
def test_streams_of_different_paths_differ(seed: int, a: str, b: str) -> None:
    assert (derive(seed, "x", a) == derive(seed, "x", b)) == (a == b)
