"""The bots' protocol: the guide's examples are messages, what is read is what was meant, and junk is refused."""

import json
import re
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core import bots
from arena.core.bots import Answer, FromArena, FromBot, Hello, Ping, Pong, Said, read, write

GUIDE = Path("docs/bots.md").read_text()
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)]
EXAMPLES = [block for block in BLOCKS if isinstance(block["type"], str) and block["type"] != "object"]
SCHEMAS = {b["properties"]["type"]["enum"][0]: b for b in BLOCKS if b["type"] == "object"}

said = st.builds(Said, raw=st.text(max_size=50), prompt_tokens=st.integers(0, 10**6))
answers = st.builds(Answer, turn=st.text(max_size=200), action=st.text(max_size=50), said=st.none() | said)
messages = answers | st.builds(Hello, version=st.integers(0, 100)) | st.builds(Ping) | st.builds(Pong)


def test_the_guide_shows_the_messages_that_matter_and_tells_the_schema_of_each() -> None:
    assert {example["type"] for example in EXAMPLES} == {"hello", "welcome", "turn", "answer"}
    kinds = {*get_args(FromBot), *get_args(FromArena)}
    assert SCHEMAS.keys() == {kind.__struct_config__.tag for kind in kinds}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_an_example_of_the_guide_is_a_message(example: dict[str, object]) -> None:
    jsonschema.validate(example, SCHEMAS[str(example["type"])])
    msgspec.convert(example, FromBot if example["type"] in ("hello", "answer") else FromArena)


@given(messages)
def test_a_message_is_read_as_it_was_meant_and_fits_its_schema(message: FromBot) -> None:
    text = msgspec.json.encode(message)
    assert read(text) == message
    told = json.loads(text)
    jsonschema.validate(told, SCHEMAS[told["type"]])
    assert read(json.dumps({**told, "of_a_later_version": [1]})) == message, "what is not known is passed over"


@given(st.text(max_size=100) | st.binary(max_size=100))
def test_junk_is_refused_as_such(junk: str | bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, ValueError)):
        read(junk)


def test_what_the_arena_says_is_json_of_one_line() -> None:
    over = bots.Over(match="m", seat=0, score=1.0, rank=1, stop="win")
    assert json.loads(write(over)) == {"type": "over", "match": "m", "seat": 0, "score": 1.0, "rank": 1, "stop": "win"}
    assert "\n" not in write(bots.Error(code="x", what="a\nb", todo=""))
