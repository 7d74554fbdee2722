"""Goofspiel: who wins a prize, what stays secret, what it pays, and who is stronger."""

import json
import random

import pytest

from arena.core.chance import Chance
from games.card.goofspiel import FACTS, RULES, Goofspiel, greedy, oracle, worlds
from games.rules import OVER
from games.solve import oracle as solver
from games.solve.cfr import solve
from tests.unit.games.card.tournament import at_random, equilibrium, mean_scores, script


def played(steps: str, variant: str = "standard") -> Goofspiel:
    """A position after these steps: `p3` puts prize 3 on offer, `2` bids card 2."""
    spiel = RULES.game(variant).new_initial_state()
    for step in steps.split():
        spiel.apply_action(int(step.removeprefix("p")) - 1)
    state = RULES.start(0, variant).at(spiel, Chance(0))
    assert isinstance(state, Goofspiel)
    return state


def test_the_second_to_bid_reads_nothing_of_the_first_bid() -> None:
    shown = {tuple(played(f"p4 {bid}").view(1, view) for view in FACTS.views) for bid in (1, 2, 3, 4)}
    assert len(shown) == 1
    assert played("p4 3").view(0, "compact") == "1 4:3 player 2 to bid"


@pytest.mark.parametrize(
    ("steps", "points", "scores", "line"),
    [
        ("p4 4 1 p3 3 4 p2 2 3", [4, 6], [-1.0, 1.0], "1 4:4>1 3:3>2 2:2>2 1:1>2 -1/+1"),
        ("p1 4 4 p2 3 2 p3 2 3", [2, 3], [-0.5, 0.5], "1 1:4>- 2:3>1 3:2>2 4:1>- -0.5/+0.5"),
    ],
)
def test_the_last_cards_play_themselves_and_ties_win_nothing(
    steps: str, points: list[int], scores: list[float], line: str
) -> None:
    state = played(steps)
    assert state.seat == OVER
    assert json.loads(state.view(0, "json"))["points"] == points
    assert state.returns() == scores
    assert state.view(0, "compact") == line


def test_among_three_a_shared_highest_bid_wins_nothing() -> None:
    state = played("p4 4 4 1 p3 3 2 4 p2 2 3 2", "three_players")
    assert json.loads(state.view(2, "json"))["points"] == [0, 2, 4]
    assert state.returns() == [-0.5, -0.5, 1.0]


def test_worlds_are_the_bids_that_give_the_same_winners() -> None:
    assert worlds(0, (2,), (0,), (False, False), 4) == [((2,), (1,))]
    assert worlds(0, (2,), (1,), (False, False), 4) == [((2,), (3,)), ((2,), (4,))]
    assert worlds(1, (2,), (None,), (True, False), 4) == [((2, c), (2,)) for c in (1, 3, 4)]
    assert worlds(0, (4, 3), (None,), (True, False), 4) == [((4, 3), (4,))]


def test_scripts_read_the_prizes_that_are_left() -> None:
    seen = {"prize": 3, "prizes_to_come": [1, 4], "hand": [1, 2, 4]}
    legal = ["1", "2", "4"]
    assert oracle(seen, legal, random.Random(0)) == "2"
    assert greedy(seen, legal, random.Random(0)) == "4"
    assert greedy({**seen, "prize": 2, "prizes_to_come": [1, 4]}, legal, random.Random(0)) == "1"


def test_the_oracle_is_near_an_equilibrium_and_knows_a_lost_prize() -> None:
    assert solve(RULES).nash_conv < 0.06
    values = solver.oracle(played("p1 1 4 p4"))
    assert max(values, key=values.__getitem__) == "4"


def test_players_differ_in_strength() -> None:
    weak, strong = script("goofspiel", "greedy"), script("goofspiel", "oracle")
    assert mean_scores("goofspiel", [weak, at_random], 300)[0] > 0.7
    assert mean_scores("goofspiel", [strong, weak], 300)[0] > 0.2
    assert mean_scores("goofspiel", [equilibrium("goofspiel"), strong], 300)[0] > -0.1


@pytest.mark.parametrize("variant", FACTS.variants)
def test_scripts_play_every_variant(variant: str) -> None:
    strong, others = script("goofspiel", "oracle"), FACTS.variants[variant].seats - 1
    assert mean_scores("goofspiel", [strong, *[script("goofspiel", "greedy")] * others], 200, variant)[0] > 0.2
    assert mean_scores("goofspiel", [strong, *[at_random] * others], 200, variant)[0] > 0.3
