import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.errors import BadSpec
from arena.stream.admission import Rule, capacity

RULES = st.builds(Rule, st.integers(1, 50), st.integers(0, 5), st.integers(1, 200))
COUNT = st.integers(0, 500)


@pytest.mark.parametrize(
    ("version", "accepted", "running", "room"),
    [
        (0, 0, 0, 30),  # one batch a version, for this one and two more
        (0, 30, 0, 0),
        (0, 10, 5, 15),
        (1, 10, 0, 30),  # the batch that was learnt from makes room for another
        (0, 0, 39, 0),
        (9, 90, 38, 0),  # never more than may run, however much is missing
        (9, 90, 0, 30),
    ],
)
def test_the_rule_by_hand(version: int, accepted: int, running: int, room: int) -> None:
    assert capacity(Rule(batch=10, max_staleness=2, max_running=40), version, accepted, running) == room


@given(RULES, st.integers(0, 9), COUNT, COUNT)
def test_whatever_is_admitted_is_learnt_from_within_the_bound(
    rule: Rule, version: int, waiting: int, running: int
) -> None:
    accepted = version * rule.batch + waiting
    granted = capacity(rule, version, accepted, running)
    assert granted >= 0
    if granted:
        ahead = waiting + running + granted  # in the stream's order, the last of them is in this batch
        assert -(-ahead // rule.batch) - 1 <= rule.max_staleness
        assert running + granted <= rule.max_running


@pytest.mark.parametrize(
    "wrong", [{"batch": 0}, {"max_staleness": -1}, {"max_running": 0}, {"max_bytes": 1}, {"max_entries": 1}]
)
def test_bounds_that_cannot_be_kept_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadSpec):
        Rule(**{"batch": 1, "max_staleness": 0, "max_running": 1, **wrong})
