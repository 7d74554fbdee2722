"""What a bot may answer, and what it sees."""

from types import SimpleNamespace
from typing import Any

import pytest

from arena.client.bot import Observation, _answer

SEEN = Observation("the view", ["a1", "b2", "c3"], "hex", "standard", "m", 0, 4, 1, 9.5)


class Index:
    """As numpy's integers are."""

    def __index__(self) -> int:
        return 2


def test_an_observation_reads_as_pettingzoos_do() -> None:
    assert SEEN["observation"] == SEEN.view == "the view"
    assert SEEN["action_mask"] == [1, 1, 1]
    assert SEEN["clock_s"] == 9.5


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("b2", {"action": "b2"}),
        ("resign", {"action": "resign"}),
        (1, {"action": "b2"}),
        (Index(), {"action": "c3"}),
        (SimpleNamespace(action="a1"), {"action": "a1"}),
        (
            SimpleNamespace(action="a1", said=SimpleNamespace(raw="I think", prompt_tokens=7)),
            {"action": "a1", "said": {"raw": "I think", "prompt_tokens": 7, "completion_tokens": 0}},
        ),
        (SimpleNamespace(stop="agent_fault", why="the model is away"), {"error": "the model is away"}),
    ],
)
def test_an_answer_may_be_given_in_several_ways(reply: Any, answer: dict[str, Any]) -> None:
    assert _answer(reply, SEEN.legal) == answer


@pytest.mark.parametrize("reply", [None, 1.5, ["a1"], 7])
def test_what_is_no_action_is_an_error(reply: Any) -> None:
    with pytest.raises((TypeError, IndexError)):
        _answer(reply, SEEN.legal)
