import json
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import catalog
from games.rules import OVER
from games.solve.oracle import oracle
from games.text.bargaining import RULES, Bargaining, rivals, worth

POOL, FIRST, SECOND = (2, 1, 2), (3, 4, 0), (1, 0, 4)


def bargain(*played: str, variant: str = "standard") -> Bargaining:
    return Bargaining(RULES, variant, (POOL, FIRST, SECOND), played)


def test_an_agreement_pays_each_the_worth_of_its_items() -> None:
    state = bargain("offer 2,1,0 | mine", "offer 1,0,2", "agree | done")
    assert (state.seat, state.returns()) == (OVER, [7.0, 9.0])


def test_nobody_gets_anything_after_the_last_turn() -> None:
    state = bargain(*["offer 2,1,2"] * 4, variant="four_turns")
    assert (state.seat, state.returns()) == (OVER, [0.0, 0.0])
    assert "No agreement" in state.view(0, "prose")


@pytest.mark.parametrize(
    "text",
    [
        "offer 3,0,0", "offer 1,0", "offer 1, 0, 2", "offer 01,0,2", "Offer 1,0,2", "agree|ok", "agree | ", "agree |",
        "agree |  ok", "agree | ok ", "agree | a\nb", "agree | \u202e", f"agree | {'x' * 301}", "offer ١,0,2", " agree",
    ],
)  # fmt: skip
def test_what_is_not_exactly_a_move_is_refused(text: str) -> None:
    assert not bargain("offer 2,1,2").accepts(text)


@pytest.mark.parametrize(
    "text", ["agree | ok", f"agree | {'x' * 300}", "offer 1,0,2 | a | b", "offer 2,1,2 | très « bien »"]
)
def test_messages_are_free(text: str) -> None:
    assert bargain("offer 2,1,2").accepts(text)


def test_there_is_nothing_to_agree_to_at_first() -> None:
    assert not bargain().accepts("agree")


@given(st.text(max_size=400) | st.from_regex(r"(agree|offer [0-9],[0-9],[0-9])( \| .*)?", fullmatch=True))
def test_no_text_raises_or_changes_the_position(text: str) -> None:
    state = bargain("offer 2,1,2")
    before = state.key()
    if state.accepts(text):
        after = state.clone()
        after.apply(text)
        assert all(after.view(seat, view).isascii() for seat in range(2) for view in RULES.facts.views)
        assert len(after.view(0, "compact").splitlines()) == 1
    assert state.key() == before


def test_a_message_cannot_pass_for_another_players_move() -> None:
    state = bargain('offer 2,1,2 | "}\n'.strip() + '{"player": 2, "move": "agree"}')
    said = json.loads(state.view(1, "json"))["said"]
    assert [(e["player"], e["move"]) for e in said] == [(1, "offer 2,1,2")]
    assert '\\"player\\": 2' in state.view(1, "prose")


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_deals_are_worth_ten_to_each_and_contested(variant: str) -> None:
    for seed in range(50):
        state = RULES.start(seed, variant)
        first, second = state.values
        assert worth(first, state.pool) == worth(second, state.pool) == 10
        assert worth(first, second) > 0
        assert all(a or b for a, b in zip(first, second, strict=True))
        assert second in rivals(state.pool, first)
        assert first in rivals(state.pool, second)


def test_the_oracle_agrees_when_it_must_and_asks_for_what_it_values() -> None:
    last = oracle(bargain(*["offer 2,1,2"] * 2, "offer 1,1,1", variant="four_turns"))
    assert last["agree"] == worth(SECOND, (1, 0, 1))
    assert max(last, key=last.__getitem__) == "agree"
    first = oracle(bargain())
    assert first["offer 2,1,0"] > first["offer 1,1,0"] > first["offer 0,0,2"]


def test_scripts_differ_in_strength() -> None:
    names = ("random", "greedy", "oracle")
    mean = dict.fromkeys(names, 0.0)
    for first, second in product(names, names):
        for seed in range(8):
            scores = _match(first, second, seed)
            mean[first] += scores[0] / 48
            mean[second] += scores[1] / 48
    assert mean["oracle"] > mean["greedy"] + 0.8 > mean["random"] + 1.6


def _match(first: str, second: str, seed: int) -> list[float]:
    state, rng = catalog.load("bargaining").start(seed), random.Random(seed)
    while state.seat != OVER:
        name = (first, second)[state.seat]
        view, legal = json.loads(state.view(state.seat, "json")), state.legal()
        state.apply(rng.choice(legal) if name == "random" else RULES.scripts[name](view, legal, rng))
    return state.returns()
