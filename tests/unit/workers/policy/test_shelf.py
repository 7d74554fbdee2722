import pytest

from arena.core.errors import BadSpec
from workers.policy import shelf as module
from workers.policy.shelf import Shelf


def test_what_was_used_longest_ago_leaves_and_what_came_last_stays() -> None:
    loads: list[str] = []
    shelf: Shelf[str] = Shelf(10)

    def take(name: str, size: int) -> str:
        return shelf.take(name, lambda: (loads.append(name) or name.upper(), size))

    assert take("a", 4) == take("a", 4) == "A"
    take("b", 4)
    take("a", 4)
    take("c", 4)
    assert loads == ["a", "b", "c"]
    take("a", 4)
    assert loads[-1] == "c"
    take("b", 4)
    assert loads[-1] == "b"
    assert take("big", 99) == "BIG"
    assert take("big", 99) == "BIG"
    assert loads.count("big") == 1


def test_what_does_not_fit_is_not_tried_again_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[str] = []
    shelf: Shelf[str] = Shelf(10)

    def load() -> tuple[str, int]:
        loads.append("once")
        raise BadSpec("It does not fit.", todo="Mend it.")

    for _ in range(3):
        with pytest.raises(BadSpec, match=r"It does not fit. Mend it."):
            shelf.take("a", load)
    assert len(loads) == 1
    assert shelf.take("b", lambda: ("B", 1)) == "B"
    monkeypatch.setattr(module, "FAILED_S", -1.0)
    for name in ("c", "c"):
        with pytest.raises(BadSpec):
            shelf.take(name, load)
    assert len(loads) == 3
