"""Lets the kinds of `tests.strangers` be submitted and seated."""

import pytest

from arena.core.agents import KINDS


def let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """For one test, these are kinds like the arena's."""
    monkeypatch.setattr(KINDS, "packages", (*KINDS.packages, "tests.strangers"))
