"""Tiny Hanabi: the table that is played is the table that is shown, and the best plan is the best."""

import json
from itertools import product

import pytest

from arena.core.chance import Chance
from games.card.tiny_hanabi import CARDS, FACTS, RULES, TinyHanabi, payoffs, plan
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.card.tournament import at_random, mean_scores, script


def dealt(first: str, second: str, variant: str = "standard") -> TinyHanabi:
    """A deal of these cards."""
    spiel = RULES.game(variant).new_initial_state()
    for card in (first, second):
        spiel.apply_action(CARDS.index(card))
    state = RULES.start(0, variant).at(spiel, Chance(0))
    assert isinstance(state, TinyHanabi)
    return state


@pytest.mark.parametrize("variant", FACTS.variants)
def test_the_table_shown_is_what_is_paid_to_both(variant: str) -> None:
    table = payoffs(variant)
    for c, d in product(range(len(table)), repeat=2):
        for a, b in product(range(len(RULES.actions(variant))), repeat=2):
            state = dealt(CARDS[c], CARDS[d], variant)
            state.apply(str(a + 1))
            state.apply(str(b + 1))
            assert state.seat == OVER
            assert state.returns() == [table[c][d][a][b]] * 2


def test_a_seat_sees_its_own_card_and_what_was_done() -> None:
    state = dealt("A", "B")
    state.apply("3")
    assert state.view(0, "compact") == "1 A 3"
    assert state.view(1, "compact") == "2 B 3"
    assert {state.determinize(1, Chance(i)).key() for i in range(20)} == {"p0:d0 p1:d1 p0:a2", "p0:d1 p1:d1 p0:a2"}


def test_a_score_that_was_seen_tells_the_partners_card() -> None:
    state = dealt("A", "A")
    state.apply("1")
    state.apply("1")
    assert state.view(1, "compact") == "2 A 1 1 10"
    assert {state.determinize(1, Chance(i)).key() for i in range(20)} == {state.key()}


@pytest.mark.parametrize(("variant", "best"), [("standard", 10.0), ("two_actions", 7.0), ("three_cards", 71 / 9)])
def test_the_best_plan_scores_the_best_that_any_pair_can(variant: str, best: float) -> None:
    table = payoffs(variant)
    first, second = plan(table)
    cards = range(len(table))
    scores = [table[c][d][first[c]][second[d, first[c]]] for c in cards for d in cards]
    assert sum(scores) / len(scores) == pytest.approx(best)
    # No more can be had by player 2 answering each of player 1's policies, action by action, in any way.
    everyones = [_most(table, policy) for policy in product(range(len(RULES.actions(variant))), repeat=len(cards))]
    assert max(everyones) == sum(scores)


def _most(table: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...], policy: tuple[int, ...]) -> int:
    cards, replies = range(len(table)), range(len(table[0][0]))
    return sum(
        max(sum(table[c][d][told][b] for c in cards if policy[c] == told) for b in replies)
        for d in cards
        for told in set(policy)
    )


def test_the_oracle_values_actions_by_what_the_seat_knows() -> None:
    values = oracle(dealt("A", "B"))
    assert values["3"] == 10.0
    assert max(values.values()) == 10.0
    told = dealt("A", "B")
    told.apply("3")
    assert oracle(told) == {"1": 0.0, "2": 0.0, "3": 10.0}


@pytest.mark.parametrize("variant", FACTS.variants)
def test_pairs_differ_in_strength(variant: str) -> None:
    best, greedy = script("tiny_hanabi", "oracle"), script("tiny_hanabi", "greedy")
    scores = [mean_scores("tiny_hanabi", [p, p], 400, variant)[0] for p in (at_random, greedy, best)]
    assert scores[1] + 2 < scores[2]
    assert scores[0] + 0.5 < scores[2]


def test_json_tells_the_table() -> None:
    assert json.loads(dealt("A", "B").view(0, "json"))["payoffs"][0][0][0] == [10, 0, 0]
