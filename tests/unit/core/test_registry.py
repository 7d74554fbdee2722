import sys

import pytest

from arena.core.agents import KINDS
from arena.core.errors import ArenaError, UnknownKind


def test_lists_and_reads_without_importing() -> None:
    sys.modules.pop("workers.agents.random", None)
    assert "random" in KINDS.names()
    assert KINDS.literal("random", "KIND")["needs"] == {}
    assert KINDS.summary("random")
    assert "workers.agents.random" not in sys.modules


def test_loads_what_is_used() -> None:
    assert KINDS.load("random").build


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(UnknownKind, match=r"Choose one of: .*random") as caught:
        KINDS.load("nobody")
    assert isinstance(caught.value, ArenaError)
    assert caught.value.todo.startswith("Choose"), "none is like it"
    with pytest.raises(UnknownKind, match=r"Did you mean `random`\? Choose one of: "):
        KINDS.load("randum")


def test_a_kind_is_called_as_the_documentation_calls_it() -> None:
    with pytest.raises(UnknownKind, match="There is no player kind named 'nobody'"):
        KINDS.literal("nobody", "KIND")


def test_a_missing_literal_is_named() -> None:
    with pytest.raises(KeyError, match="NOTHING"):
        KINDS.literal("random", "NOTHING")
