import json
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.core.chance import Chance
from games import catalog
from games.halving import hardness
from games.rules import OVER
from games.solve.oracle import oracle
from games.text.twenty_questions import RULES, TwentyQuestions
from games.words import ATTRIBUTES, LISTS, table


def race(*played: str) -> TwentyQuestions:
    return TwentyQuestions(RULES, "standard", ("shark", "lion"), played)


@pytest.mark.parametrize("name", LISTS)
def test_the_table_tells_all_words_apart(name: str) -> None:
    words = table(name)
    assert len(set(words.values())) == len(words) == len(LISTS[name].split("\n")) - 2
    assert set().union(*words.values()) == set(ATTRIBUTES)


def test_the_lists_share_no_word_and_no_word_is_a_cue() -> None:
    cues = [cue for _, some in ATTRIBUTES.values() for cue in some.split()]
    assert len(set(cues)) == len(cues)
    assert not set(table("standard")) & set(table("held_out"))
    assert not set(cues) & {*table("standard"), *table("held_out")}


@pytest.mark.parametrize(
    ("played", "scores"),
    [
        (["guess shark", "guess lion"], [0.0, 0.0]),
        (["guess shark", "ask animal"], [1.0, -1.0]),
        (["ask animal", "guess lion"], [-1.0, 1.0]),
        (["guess lion", "guess shark"] * 10, [0.0, 0.0]),
    ],
)
def test_fewer_turns_win(played: list[str], scores: list[float]) -> None:
    state = race(*played)
    assert (state.seat, state.returns()) == (OVER, scores)
    assert "shark" in state.view(1, "compact")


def test_answers_are_of_the_seats_own_word_and_narrow_the_guesses() -> None:
    state = race("ask water", "ask water")
    assert json.loads(state.view(1, "json"))["theirs"] == [["ask water", "yes"]]
    assert json.loads(state.view(1, "json"))["yours"] == [["ask water", "no"]]
    assert "guess shark" in state.legal()
    assert not any(
        secret in state.view(seat, v) for seat in (0, 1) for v in RULES.facts.views for secret in state.secrets
    )


@pytest.mark.parametrize(
    "text",
    ["ask", "ask ", "ask Animal", "ask shark", "ask animal?", "guess", "guess shark lion", "guess [shark]", "guess w",
     "guess Whale", "guess shark ", "guess sh\u0430rk", "shark", "guess shark\n", "guess " + "a" * 21],
)  # fmt: skip
def test_a_guess_is_one_word_and_nothing_is_helped(text: str) -> None:
    assert not race().accepts(text)


@given(st.text(max_size=60) | st.from_regex(r"(ask|guess) [a-z]*", fullmatch=True))
def test_no_text_raises_or_changes_the_position(text: str) -> None:
    state = race()
    before = state.key()
    if state.accepts(text):
        after = state.clone()
        after.apply(text)
        assert after.moves() == [text]
    assert state.key() == before


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_the_words_are_different_and_equally_hard(variant: str) -> None:
    hard = hardness(RULES.start(0, variant).words)
    for seed in range(60):
        first, second = RULES.start(seed, variant).secrets
        assert first != second
        assert hard[first] == hard[second]


def test_determinized_words_fit_all_answers() -> None:
    state = race("ask water", "ask danger", "ask tail", "ask fur", "ask huge", "ask huge")
    pairs = Counter(state.determinize(0, Chance(seed)).secrets for seed in range(300))
    assert ("shark", "lion") in pairs
    for first, second in pairs:
        assert table("standard")[first] >= {"water", "tail", "huge"}
        assert table("standard")[second] >= {"danger", "fur", "huge"}


def test_the_oracle_gambles_when_the_other_has_found_the_word() -> None:
    worth = oracle(race("guess frog", "ask danger", "guess shark"))
    assert worth["ask animal"] == -1.0
    assert max(worth, key=worth.__getitem__).startswith("guess")


def test_scripts_differ_in_strength() -> None:
    assert _total("oracle", "greedy") >= 6
    assert _total("greedy", "random") >= 10


def _total(first: str, second: str) -> float:
    """What `first` wins of `second` in both seats of twelve deals."""
    total = 0.0
    for seed in range(12):
        total += _match((first, second), seed)[0] + _match((second, first), seed)[1]
    return total


def _match(names: tuple[str, str], seed: int) -> list[float]:
    state, rng = catalog.load("twenty_questions").start(seed), random.Random(seed)
    while state.seat != OVER:
        view, legal = json.loads(state.view(state.seat, "json")), state.legal()
        name = names[state.seat]
        state.apply(rng.choice(legal) if name == "random" else RULES.scripts[name](view, legal, rng))
    return state.returns()
