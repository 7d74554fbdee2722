"""Renderings are shared, but never with somebody who was told of something newer."""

import pytest

from api.dashboard import kept
from api.dashboard.kept import Kept


class Renderer:
    def __init__(self) -> None:
        self.seq = 0
        self.made = 0

    def __call__(self) -> tuple[str, int]:
        self.made += 1
        return f"at {self.seq}", self.seq


def test_a_rendering_is_shared_until_somebody_knows_of_more() -> None:
    shared, make = Kept(), Renderer()
    make.seq = 5
    assert [shared.get("a", seq, make) for seq in (5, 3, 5)] == ["at 5"] * 3
    assert make.made == 1
    make.seq = 6
    assert shared.get("a", 6, make) == "at 6"
    assert shared.get("b", 0, make) == "at 6"
    assert make.made == 3


def test_a_rendering_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "AGE_S", -1)
    shared, make = Kept(), Renderer()
    shared.get("a", 0, make)
    shared.get("a", 0, make)
    assert make.made == 2


def test_only_the_newest_are_kept() -> None:
    shared, make = Kept(), Renderer()
    for number in range(kept.MOST + 10):
        shared.get(str(number), 0, make)
    assert list(shared._last) == [str(n) for n in range(10, kept.MOST + 10)]
