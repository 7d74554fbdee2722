"""Oh hell: who takes a trick, what it pays, that guessed deals keep to what was shown, and who is stronger."""

import json
from collections import Counter
from itertools import combinations

import pytest

from arena.core.chance import Chance
from games.card.oh_hell import FACTS, RULES, OhHell, redeal, taker
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.card.tournament import at_random, mean_scores, script


@pytest.mark.parametrize(
    ("cards", "trump", "taken_by"),
    [
        ("2h 7h 3h 4h", "c", 1),
        ("2h 7d 3h 4h", "c", 3),
        ("2h 7h 3c 4h", "c", 2),
        ("2c 7h 3c 7d", "c", 2),
        ("5h", "h", 0),
    ],
)
def test_trumps_and_then_the_suit_led_take_a_trick(cards: str, trump: str, taken_by: int) -> None:
    assert taker(list(enumerate(cards.split())), trump) == taken_by


@pytest.mark.parametrize("variant", FACTS.variants)
def test_a_deal_pays_its_tricks_and_ten_for_an_exact_bid(variant: str) -> None:
    for seed in range(40):
        state = played(seed, variant)
        told = json.loads(state.view(0, "json"))
        expected = [t + 10 * (t == b) for t, b in zip(told["tricks_taken"], told["bids"], strict=True)]
        assert told["scores"] == expected == state.returns()
        assert sum(told["bids"]) != len(told["past_tricks"]) == 3


def test_one_follows_suit_and_holds_what_the_view_says() -> None:
    state = RULES.start(1)
    while state.seat != OVER:
        told = json.loads(state.view(state.seat, "json"))
        if None not in told["bids"]:
            lead = told["trick"][0][1][1] if told["trick"] else ""
            follows = [card for card in told["hand"] if card[1] == lead]
            assert set(state.legal()) == set(follows or told["hand"])
        state.apply(state.legal()[-1])


def test_guessed_deals_give_nobody_a_suit_that_it_did_not_follow() -> None:
    rng, off_suit = Chance(2), 0
    for seed in range(12):
        state = RULES.start(seed)
        while state.seat != OVER:
            for seat in range(4):
                other = state.determinize(seat, rng)
                # Replaying checks each play: a card off the suit led is legal only without that suit.
                replayed = RULES.start(0).at(other.spiel.get_game().new_initial_state(), Chance(0))
                for step in other.spiel.full_history():
                    assert step.action in replayed.spiel.legal_actions()
                    replayed.spiel.apply_action(step.action)
                assert other.view(seat, "prose") == state.view(seat, "prose")
            state.apply(state.legal()[seed % len(state.legal())])
        tricks = json.loads(state.view(0, "json"))["past_tricks"]
        off_suit += sum(card[1] != trick["cards"][0][1] for trick in tricks for card in trick["cards"])
    assert off_suit > 20


def test_every_fitting_deal_is_drawn_alike() -> None:
    pool, barred = [0, 1, 2, 4, 5], (frozenset({0}), frozenset[int]())  # suits 0, 1, 2, 0, 1
    rng, draws = Chance(1), 6000
    drawn = Counter(tuple(tuple(sorted(hand)) for hand in redeal(pool, (2, 1), barred, rng)) for _ in range(draws))
    wanted = {(two, (one,)) for two in combinations([1, 2, 5], 2) for one in pool if one not in two}
    assert set(drawn) == wanted
    assert all(abs(times / draws - 1 / len(wanted)) < 0.02 for times in drawn.values())


def test_the_oracle_searches_the_legal_actions() -> None:
    state = RULES.start(1)
    assert set(oracle(state)) == set(state.legal())


def test_players_differ_in_strength() -> None:
    greedy, best = script("oh_hell", "greedy"), script("oh_hell", "oracle")
    assert mean_scores("oh_hell", [greedy, *[at_random] * 3], 200)[0] > 4.5
    assert mean_scores("oh_hell", [best, greedy, greedy, greedy], 200)[0] > 6.0
    for variant in ("three_players", "eight_ranks"):
        seats = FACTS.variants[variant].seats
        assert mean_scores("oh_hell", [best, *[at_random] * (seats - 1)], 100, variant)[0] > 5.0


def played(seed: int, variant: str) -> OhHell:
    """A deal played out at random."""
    state, rng = RULES.start(seed, variant), Chance(seed)
    while state.seat != OVER:
        state.apply_id(state.legal_ids()[rng.below(len(state.legal_ids()))])
    assert isinstance(state, OhHell)
    return state
