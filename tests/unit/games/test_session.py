"""Sessions and openings, as properties over every game, seed and format."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from arena.core.chance import Chance
from games import catalog
from games.conformance.subject import random_match
from games.rules import OVER, Format
from games.session import Session, round_view, start

GAMES = [(name, variant) for name in catalog.names() for variant in catalog.load(name).facts.variants]
games = st.sampled_from(GAMES)
seeds = st.integers(0, 2**62)
formats = st.builds(Format, rounds=st.integers(1, 6), opening_plies=st.integers(0, 5))


def play(game: tuple[str, str], seed: int, fmt: Format, at: int = 0):
    """A match left at position `at` of random play, or at its end."""
    state = start(catalog.load(game[0]), seed, game[1], fmt)
    for number, _ in enumerate(random_match(state, Chance(at))):
        if number == at:
            break
    return state


@given(games, seeds, formats)
@settings(max_examples=60, deadline=None)
def test_a_match_is_a_function_of_its_seed_and_ends_in_bounds(game, seed, fmt) -> None:
    first, second = (play(game, seed, fmt, at=10**6) for _ in range(2))
    low, high = catalog.load(game[0]).facts.variants[game[1]].utility
    assert (first.key(), first.moves(), first.returns()) == (second.key(), second.moves(), second.returns())
    assert first.seat == OVER
    assert sum(first.returns()) == 0.0 or catalog.load(game[0]).facts.payoff != "zero_sum"
    assert all(min(low, 0) * fmt.rounds <= score <= high * fmt.rounds for score in first.returns())


@given(games, seeds, formats, st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_an_opening_never_ends_a_round_and_leaves_a_decision(game, seed, fmt, at) -> None:
    state = start(catalog.load(game[0]), seed, game[1], fmt)
    assert state.seat != OVER
    assert state.legal()
    assert len(state.moves()) <= fmt.opening_plies


@given(games, seeds, st.integers(2, 6), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_each_view_of_a_session_says_the_round_and_the_total_before_it(game, seed, rounds, at) -> None:
    state = play(game, seed, Format(rounds=rounds), at)
    assert isinstance(state, Session)
    for seat, total in enumerate(state.returns()):
        seen = json.loads(state.view(seat, "json"))
        assert (seen["round"], seen["rounds"], seen["total"]) == (state.number + 1, rounds, total)
        head, inner = state.view(seat, "compact").split("\n", 1)
        assert head == f"{state.number + 1}/{rounds} {total:+g}"
        assert inner == state.round.view((seat + state.number) % len(state.returns()), "compact")


def test_the_last_view_of_a_session_gives_the_final_total() -> None:
    state = play(("kuhn_poker", "standard"), 3, Format(rounds=2), at=10**6)
    assert f"Your final total: {state.returns()[0]:+g}." in state.view(0, "prose")
    assert "before" not in state.view(0, "prose")


@given(games, seeds, st.integers(2, 6), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_the_round_s_own_view_is_in_the_session_s(game: tuple[str, str], seed: int, rounds: int, at: int) -> None:
    state = play(game, seed, Format(rounds=rounds), at)
    assert isinstance(state, Session)
    for seat in range(len(state.returns())):
        for name in catalog.load(game[0]).facts.views:
            own = state.round.view((seat + state.number) % len(state.returns()), name)
            assert round_view(state.view(seat, name), name) == own
