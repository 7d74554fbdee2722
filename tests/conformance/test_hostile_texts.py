"""Whatever a player sends, at any position of any game: it is a legal move, or it changes nothing and is refused."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.core.chance import Chance
from arena.core.errors import IllegalAction
from games import catalog
from games.conformance.subject import random_match
from games.rules import OVER, State

ODD = (
    "\ud800",
    "\x00",
    "\n",
    "\u202e",
    "\u2028",
    "\u00a0",
    "\ufeff",
    "\u200b",
    "٣",
    "１",
    "Ａ",
    "а",
    "🂡",
    '"',
    "\\",
    "{",
    "|",
)
LONG = (
    "x" * 100_000,
    "9" * 5000,
    "1" * 199 + "!",
    "(" * 5000,
    "a " * 50_000,
    "()" * 3000,
    '"' * 3000,
    "A" * 499 + "\ud800",
)
SLOW_S = 1.0
VARIANTS = [(name, variant) for name in catalog.names() for variant in catalog.load(name).facts.variants]


def position(game: str, variant: str, seed: int, at: int) -> State:
    met: list[State] = []
    for state in random_match(catalog.load(game).start(seed, variant), Chance(seed)):
        if state.seat == OVER:
            break
        met.append(state.clone())
        if len(met) > at:
            break
    return met[-1]


def send(state: State, text: str) -> None:
    """It is taken, and listed where no text is free; or refused by the contract's own error, and changes nothing."""
    before, began = state.key(), time.perf_counter()
    taken = state.accepts(text)
    assert time.perf_counter() - began < SLOW_S, f"{text[:40]!r} keeps a match waiting"
    after = state.clone()
    if taken:
        assert state.rules.facts.text or text in state.legal()
        after.apply(text)
        for seat in range(len(after.returns())):
            for view in state.rules.facts.views:
                after.view(seat, view).encode()
    else:
        with pytest.raises(IllegalAction) as refused:
            after.apply(text)
        assert len(str(refused.value)) < 1500
        assert after.key() == before
    assert state.key() == before


@pytest.mark.parametrize(("game", "variant"), VARIANTS)
def test_long_and_odd_texts(game: str, variant: str) -> None:
    for at in (0, 3):
        state = position(game, variant, 1, at)
        first = state.legal()[0]
        for text in (*LONG, *ODD, *(first + odd for odd in ODD), *(odd + first for odd in ODD)):
            send(state, text)


@pytest.mark.parametrize("game", catalog.names())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_at_any_position(game: str, data: st.DataObject) -> None:
    state = position(game, "standard", data.draw(st.integers(0, 50)), data.draw(st.integers(0, 12)))
    parts = st.one_of(st.sampled_from(state.legal()), st.text(max_size=8), st.sampled_from(ODD))
    send(state, "".join(data.draw(st.lists(parts, max_size=4))))
