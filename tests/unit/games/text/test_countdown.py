import itertools
import json
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import catalog, expressions
from games.rules import OVER
from games.solve.oracle import oracle
from games.text.countdown import RULES, Countdown

DEAL = (75, 25, 2, 7, 9, 8)


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("75", 75),
        ("75-25*2", 25),
        ("(75-25)*2", 100),
        ("9-8-7", None),
        ("9-(8-7)", 8),
        ("75 / 25 + 2", 5),
        ("((7))", 7),
        ("75/2", None),
        ("7-7", None),
        ("2-9+8", None),
        ("25+25", None),
        ("5", None),
        ("07", None),
        ("-7", None),
        ("+7", None),
        ("7  + 8", None),
        (" 7", None),
        ("7\n", None),
        ("7 8", None),
        ("()", None),
        ("(7", None),
        ("7)", None),
        ("7(8)", None),
        ("7+", None),
        ("７", None),
        ("7**2", None),
        ("7//2", None),
        ("", None),
        ("(" * 99 + "7" + ")" * 99, 7),
        ("(" * 100 + "7" + ")" * 100, None),
    ],
)
def test_expressions_are_read_strictly(text: str, made: int | None) -> None:
    assert expressions.value(text, DEAL) == made


@given(st.text(max_size=300) | st.text("0123456789+-*/() ", max_size=40))
def test_no_text_raises_or_changes_the_position(text: str) -> None:
    state = RULES.start(1)
    before = state.key()
    made = expressions.value(text, state.numbers)
    assert state.accepts(text) == (made is not None)
    assert state.key() == before
    if made is not None:
        assert made == eval(text, {"__builtins__": {}})  # what it accepts is arithmetic, and means what it says


@given(st.lists(st.integers(1, 12), min_size=2, max_size=4), st.integers(1, 300))
def test_the_best_answer_is_the_best_of_a_plain_enumeration(numbers: list[int], target: int) -> None:
    found = expressions.value(expressions.best(tuple(numbers), target), numbers)
    assert found is not None
    assert abs(found - target) == min(abs(v - target) for v in _plain(numbers))


def test_answers_are_sealed_and_the_nearer_wins() -> None:
    state = Countdown(RULES, "standard", (DEAL, 411), [])
    state.apply("25*(8+9)")
    assert json.loads(state.view(1, "json"))["answers"] == [None]
    assert not any("17" in state.view(1, view) or "425" in state.view(1, view) for view in RULES.facts.views)
    state.apply("75*(8-2)")
    assert (state.seat, state.returns()) == (OVER, [1.0, -1.0])
    assert "off by 39" in state.view(0, "prose")


def test_the_oracle_tells_the_best_from_the_rest() -> None:
    worth = oracle(Countdown(RULES, "standard", (DEAL, 411), []))
    assert set(worth.values()) <= {0.0, -1.0}
    assert worth["75"] == -1.0
    assert max(worth.values()) == 0.0


def test_scripts_differ_in_strength() -> None:
    assert _total("oracle", "greedy") > 4
    assert _total("greedy", "random") > 4


def _total(first: str, second: str) -> float:
    """What `first` wins of `second` in twelve deals."""
    rng, total = random.Random(1), 0.0
    for seed in range(12):
        state = catalog.load("countdown").start(seed)
        for name in (first, second):
            view, legal = json.loads(state.view(state.seat, "json")), state.legal()
            state.apply(rng.choice(legal) if name == "random" else RULES.scripts[name](view, legal, rng))
        total += state.returns()[0]
    return total


def _plain(numbers: list[int]) -> set[int]:
    found = set(numbers)
    for i, j in itertools.permutations(range(len(numbers)), 2):
        rest = [n for k, n in enumerate(numbers) if k not in (i, j)]
        for made, _ in expressions.steps(numbers[i], numbers[j]):
            found |= _plain([*rest, made])
    return found


@pytest.mark.parametrize("text", ["1" * 199 + "x", "1+" * 99 + "!", "(" * 200, "1 " * 100, "9" * 200])
def test_no_text_keeps_a_match_waiting(text: str) -> None:
    began = time.perf_counter()
    assert not catalog.load("countdown").start(0).accepts(text)
    assert time.perf_counter() - began < 5  # trying every way to read it would take for ever
