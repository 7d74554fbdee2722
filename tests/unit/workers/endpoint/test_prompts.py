"""How an action is read out of what a model wrote."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.endpoint.prompts import action_of


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        ("Action: a1", "a1"), ("x\nAction: a1\n", "a1"), ("Action: a1\nAction: b2", "b2"),
        ("Action: b2\n\nThat is it.", "b2"),
        ("  Action:   a1  \r\n", "a1"), ("a1", "a1"), (" a1\n", "a1"), ("I play a1", None), ("Action:", None),
        ("", None), ("My Action: a1", None), ("action: a1", None), ("Action: a1\nAction:", "a1"),
        ("Action: " + "a" * 2001, None),
        ("Action: I say: Action: no", "I say: Action: no"), ("**Action: a1**", None),
    ],
)  # fmt: skip
def test_how_an_action_is_read(reply: str, action: str | None) -> None:
    assert action_of(reply, ["a1", "b2"]) == action


@given(st.text(max_size=200), st.sampled_from(["a1", "b2"]))
def test_what_stands_before_the_last_line_changes_nothing(before: str, action: str) -> None:
    assert action_of(f"{before}\nAction: {action}", ["a1", "b2"]) == action


@given(st.text(alphabet=" \nAction:x1", max_size=200))
def test_whatever_is_written_gives_one_line_or_nothing(reply: str) -> None:
    found = action_of(reply, [])
    assert found is None or (found == found.strip() and "\n" not in found and found in reply)


def test_a_megabyte_of_blanks_is_read_at_once() -> None:
    began = time.perf_counter()
    action_of("Action: a" + " " * 1_000_000 + "b\n" * 10, [])
    assert time.perf_counter() - began < 10  # going back for each blank would take minutes
