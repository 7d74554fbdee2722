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
