"""How an endpoint's own words are read: how long to wait, how much it wrote."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.endpoint.budget import Budget
from workers.endpoint.chat import MOST_TOKENS, Completion, _tokens, _wait


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (b"5", 5.0),
        (b" 0 ", 0.0),
        (b"9" * 40, 999999999.0),
        (b"-1", None),
        (b"soon", None),
        (b"", None),
        (b"\xb2", None),
    ],
)
def test_how_long_to_wait(told: bytes, seconds: float | None) -> None:
    assert _wait(told) == seconds


def test_it_may_be_told_as_a_date() -> None:
    now = datetime.now(UTC)
    assert _wait(format_datetime(now - timedelta(hours=1), usegmt=True).encode()) == 0.0
    assert _wait(format_datetime(now + timedelta(minutes=1), usegmt=True).encode()) == pytest.approx(60, abs=2)


@given(st.binary(max_size=60))
def test_whatever_is_told_is_a_time_or_none(told: bytes) -> None:
    found = _wait(told)
    assert found is None or found >= 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["prompt_tokens", "x"]), inner),
    max_leaves=4,
)


@given(JSON)
def test_tokens_are_a_count_within_reason(usage: object) -> None:
    found = _tokens(usage, "prompt_tokens")
    assert type(found) is int
    assert 0 <= found <= MOST_TOKENS


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000))), st.integers(1, 10_000), st.integers(1, 100))
def test_a_budget_never_grows_and_ends_when_it_is_spent(made: list[tuple[int, int]], tokens: int, cost: int) -> None:
    price = {"prompt": 1000, "completion": 2000}
    budget = Budget({"match_tokens": tokens, "price": price, "match_cost": cost}, 1)
    room = budget.room(500)
    for prompt, completion in made:
        budget.spend(Completion("", "", prompt, completion))
        assert 0 <= budget.room(500) <= room
        room = budget.room(500)
    spent = sum(map(sum, made))
    paid = sum(p * 1000 + c * 2000 for p, c in made) / 1e6
    if spent >= tokens or paid > cost + 1e-9:
        assert room == 0
