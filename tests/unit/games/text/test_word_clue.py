import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from games import catalog
from games.rules import OVER
from games.solve.oracle import oracle
from games.text.word_clue import RULES, Task, WordClue, claimed, doubts, judged

TASK: Task = ("standard", "bear", ("legs", "danger"))


def clued(*clues: str) -> WordClue:
    return WordClue(RULES, "standard", TASK, clues)


@pytest.mark.parametrize(
    ("first", "second", "score"),
    [
        ("fur not tail", "animal", 1),
        ("fur not tail", "furry not tailed", 0),
        ("fur not tail", "it is fur not tail", 1),
        ("animal fur huge", "fur not tail", -1),
        ("bear", "toy", -1),
        ("fur not tail b34r", "toy", -1),
        ("fur not legged", "toy", -1),
        ("bear", "legs", 0),
        ("fur not tail", "зверь", 1),
    ],
)
def test_fewer_doubts_then_fewer_words_win_and_leaks_lose(first: str, second: str, score: int) -> None:
    state = clued(first, second)
    assert (state.seat, state.returns()) == (OVER, [float(score), 0.0 - score])


def test_the_guesser_reads_claims_and_denials_and_nothing_else() -> None:
    assert claimed("a Furry not big metal! not") == {("fur", True), ("huge", False)}
    assert doubts(TASK, "king of the woods") == 136
    assert doubts(TASK, "fur not tail") == 0


@pytest.mark.parametrize(
    "text", ["", " ", "a  b", " a", "a ", "a b c d e f g", "a\tb", "a\nb", "a\u200bb", "a\u00a0b", "x" * 31, "x" * 9999]
)
def test_what_is_not_one_to_six_words_is_refused(text: str) -> None:
    assert not clued().accepts(text)


@given(st.text(max_size=80) | st.lists(st.text("ab\u0456é{}\"' ", min_size=1), max_size=7).map(" ".join))
def test_no_text_raises_or_changes_the_position(text: str) -> None:
    state = clued()
    before = state.key()
    if state.accepts(text):
        after = clued("animal", text)
        assert sum(after.returns()) == 0.0
        assert all(after.view(seat, view).isascii() for seat in range(2) for view in RULES.facts.views)
    assert state.key() == before


def test_clues_are_sealed_and_then_told_with_the_verdict() -> None:
    state = clued("fluffy")
    assert not any("fluffy" in state.view(1, view) for view in RULES.facts.views)
    state.apply("b34r")
    told = json.loads(state.view(0, "json"))["clues"]
    assert [envelope["leak"] for envelope in told] == [None, "bear, leet"]
    assert "fluffy" in state.view(1, "prose")


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_the_best_clue_is_clean_and_no_offer_beats_it(variant: str) -> None:
    for seed in range(12):
        state = RULES.start(seed, variant)
        worth = oracle(state)
        top = [clue for clue, value in worth.items() if value == 0.0]
        assert top
        assert not any(judged(state.task, clue)[0] for clue in top)
        assert max(worth.values()) == 0.0 > min(worth.values())
        assert all(judged(state.task, clue) >= judged(state.task, top[0]) for clue in state.legal())


def test_scripts_differ_in_strength() -> None:
    assert _total("oracle", "greedy") >= 12
    assert _total("greedy", "random") >= 5


def _total(first: str, second: str) -> float:
    """What `first` wins of `second` on twenty words."""
    rng, total = random.Random(1), 0.0
    for seed in range(20):
        state = catalog.load("word_clue").start(seed)
        for name in (first, second):
            view, legal = json.loads(state.view(state.seat, "json")), state.legal()
            state.apply(rng.choice(legal) if name == "random" else RULES.scripts[name](view, legal, rng))
        total += state.returns()[0]
    return total
