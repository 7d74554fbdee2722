"""What a schema refuses is told with its place, a short value, and what would fit there."""

from typing import Any

import pytest

from arena.core import specs
from arena.core.agents import KINDS as PLAYERS
from arena.core.errors import ArenaError, BadSpec
from arena.core.errors.base import MOST
from arena.core.jobs import KINDS

LEAST: dict[str, Any] = {"name": "trial", "games": [{"name": "kuhn_poker"}]}


def refusal(spec: Any) -> BadSpec:
    with pytest.raises(BadSpec) as raised:
        specs.check(KINDS, "train", "JOB", spec, "docs/jobs.md")
    return raised.value


@pytest.mark.parametrize(
    ("change", "place", "todo"),
    [
        ({"learning": {"optimiser": {"rate": "fast"}}}, "spec.learning.optimiser.rate",
         "It must be a number, more than 0, 1000000000 or less."),
        ({"learning": {"optimiser": {"rate": 0}}}, "spec.learning.optimiser.rate", "It must be more than 0,"),
        ({"games": [{"variant": "standard"}]}, "spec.games.0", "It needs: name."),
        ({"games": [{"name": "x", "moode": "write"}]}, "spec.games.0", "Did you mean `mode`? It takes: name, variant,"),
        ({"games": [{"nmae": "x"}]}, "spec.games.0", "Did you mean `name`? It takes: name, variant,"),
        ({"learning": {"optimiser": {"lr": 1}}}, "spec.learning.optimiser", "It takes: rate,"),
        ({"games": [{"name": "x", "mode": "wriite"}]}, "spec.games.0.mode",
         "Did you mean `write`? Choose one of: choose, write."),
        ({"games": []}, "spec.games", "It must be 1 or more of them, 64 or fewer of them."),
        ({"games": "x"}, "spec.games", "It must be a list"),
        ({"seed": -1}, "spec.seed", "It must be 0 or more,"),
        ({"name": "A B"}, "spec.name", "It must be like ^[a-z0-9][a-z0-9._-]{0,63}$."),
        ({"learning": {"average": {"spec": {}}}}, "spec.learning.average", "It needs: kind."),
        ({"learning": {"explore": 0.1}, "games": [{"name": "x", "mode": "write"}]}, "spec.learning.explore",
         'A game has `mode = "write"`'),
    ],
)  # fmt: skip
def test_the_hint_says_what_fits_at_that_place(change: dict[str, Any], place: str, todo: str) -> None:
    error = refusal(LEAST | change)
    assert error.what.startswith(f"{place}: ")
    assert error.todo.startswith(todo)
    assert error.todo.endswith("See docs/jobs.md.")


@pytest.mark.parametrize(
    ("spec", "todo"),
    [
        ({}, "It needs: upload, form."),
        ({"upload": "0" * 64}, "It needs: upload, form."),
        ({"upload": "0" * 64, "form": "lora"}, "It needs: base."),
    ],
)  # fmt: skip
def test_what_some_forms_need_is_not_asked_of_all(spec: dict[str, Any], todo: str) -> None:
    with pytest.raises(BadSpec) as raised:
        specs.check(PLAYERS, "weights", "KIND", spec, "docs/players.md")
    assert raised.value.todo.startswith(todo)


def test_a_spec_without_its_fields_is_told_them() -> None:
    assert refusal({}).todo == "It needs: name, games. See docs/jobs.md."


def test_what_is_confidential_belongs_beside_the_spec_and_is_not_repeated() -> None:
    spec = {"base_url": "https://llm.example/v1", "api_key": "sk-live-1234567"}
    with pytest.raises(BadSpec, match=r"spec\.api_key: it is a secret, and belongs in `secrets`") as raised:
        specs.check(PLAYERS, "openai", "KIND", spec, "docs/players.md")
    assert "sk-live" not in str(raised.value)


def test_of_a_large_value_no_more_is_told_than_one_can_read() -> None:
    error = refusal(LEAST | {"games": [{"name": "kuhn_poker"}] * 30_000})
    assert len(error.what) < 300
    assert error.what.startswith("spec.games: [{'name': ")
    assert error.what.endswith("is too long.")


def test_nor_of_many_names_nor_in_any_other_error() -> None:
    assert len(str(refusal(LEAST | {f"field_{k}": 1 for k in range(30_000)}))) <= 2 * MOST + 1
    error = ArenaError("x" * 10**6, todo="Do this.")
    assert len(str(error)) < MOST + 20


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    try:
        assert "nested too deeply" in refusal(LEAST | {"policy": {"spec": deep}}).what
    finally:
        while deep:  # or its end would be one call in the other, too
            deep = deep.pop("a")
