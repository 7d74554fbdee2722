"""What a bot may answer, and what it sees."""

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from arena.client.bot import Observation
from arena.client.replies import ROOM, answer
from arena.core.bots import MAX_MESSAGE_BYTES, Answer

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
    ("reply", "sent"),
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
        ({"action": 1}, {"action": "b2"}),
        (
            {"action": "a1", "said": {"raw": "I think", "prompt_tokens": Index(), "completion_tokens": None}},
            {"action": "a1", "said": {"raw": "I think", "prompt_tokens": 2, "completion_tokens": 0}},
        ),
        ({"why": "the model is away"}, {"error": "the model is away"}),
        (SimpleNamespace(stop="agent_fault", why="the model is away"), {"error": "the model is away"}),
    ],
)
def test_an_answer_may_be_given_in_several_ways(reply: Any, sent: dict[str, Any]) -> None:
    assert answer(reply, SEEN.legal) == sent


@pytest.mark.parametrize("reply", [None, 1.5, ["a1"], 7, {"said": {"raw": "x"}}, {"action": None}])
def test_what_is_no_action_is_an_error(reply: Any) -> None:
    with pytest.raises((TypeError, IndexError)):
        answer(reply, SEEN.legal)


def test_what_is_no_action_is_told_every_form() -> None:
    with pytest.raises(TypeError, match=r"a text or an index, or an object or a mapping with `action`.*, not dict"):
        answer({"move": "a1"}, SEEN.legal)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"raw": "x", "prompt_tokens": -5}, "prompt_tokens is a whole number from 0 to"),
        ({"completion_tokens": 2**31}, "completion_tokens is a whole number from 0 to"),
        ({"prompt_tokens": "many"}, "not 'many'"),
        (SimpleNamespace(prompt_tokens=1.5), "not 1.5"),
        ("I think", "`said` is an object or a mapping with raw, prompt_tokens, completion_tokens, not str"),
    ],
)
def test_what_is_said_and_cannot_be_used_is_left_out_and_costs_no_turn(
    said: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer({"action": "a1", "said": said}, SEEN.legal) == {"action": "a1"}
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert told in record.getMessage()


@pytest.mark.parametrize("letter", ["a", "\n", "名", "\U0001f600", "\ud83d"])
def test_as_much_of_a_long_text_is_sent_as_the_arena_takes(letter: str) -> None:
    sent = answer({"action": "a1", "said": {"raw": letter * 50_000}}, SEEN.legal)
    sent["turn"] = "m:1:0:4:1"
    message = json.dumps({"type": "answer", **sent})
    assert len(message) <= MAX_MESSAGE_BYTES
    read = msgspec.json.decode(message, type=Answer)
    assert read.said is not None
    assert len(read.said.raw) * max(len(json.dumps(letter)) - 2, 1) > ROOM / 3
