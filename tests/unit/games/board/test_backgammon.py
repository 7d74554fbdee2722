"""Backgammon: names mean what OpenSpiel plays, views tell the whole position, scores are as the rules say."""

import json
import random

import pytest

from games.board.backgammon import NAMES, RULES, Backgammon, after
from games.rules import OVER

SCRIPTS = {"random": lambda view, legal, rng: rng.choice(list(legal)), **RULES.scripts}


def read(state: Backgammon) -> dict:
    return json.loads(state.view(state.seat, "json"))


def test_every_action_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == RULES.game().num_distinct_actions() == 1352
    assert NAMES[0] == "b/24 s/24"
    assert NAMES[11] == "b/13 s/24"
    assert NAMES[-1] == "s/pass b/pass"


def test_names_say_what_the_moves_do() -> None:
    for seed in range(6):
        rng, state = random.Random(seed), RULES.start(seed)
        while state.seat != OVER:
            view, mover = read(state), state.seat
            for action in state.legal()[::3]:
                done = state.clone()
                done.apply(action)
                mine, theirs = after(view, action)
                for seat, side in ((mover, mine), (1 - mover, theirs)):
                    board = {p + 1 if seat else 24 - p: done.spiel.board(seat, p) for p in range(24)}
                    assert {d: n for d, n in side.items() if n and 0 < d < 25} == {d: n for d, n in board.items() if n}
            state.apply(rng.choice(state.legal()))


def test_views_count_every_checker() -> None:
    rng, state = random.Random(3), RULES.start(3)
    while state.seat != OVER:
        view = read(state)
        for mark in "xo":
            assert sum(view["points"][mark].values()) + view["bar"][mark] + view["off"][mark] == 15
            assert view["bar"][mark] >= 0
        assert view["turn"] == view["you"]
        state.apply(rng.choice(state.legal()))
    assert read(state)["result"] in {"x", "o", "draw"}


def test_both_sides_start_alike() -> None:
    points = read(RULES.start(0))["points"]
    assert points["x"] == {"6": 5, "8": 3, "13": 5, "24": 2}
    assert {str(25 - int(p)): n for p, n in points["o"].items()} == points["x"]


def play(x: str, o: str, seed: int, variant: str = "standard") -> Backgammon:
    rng, state = random.Random(seed), RULES.start(seed, variant)
    while state.seat != OVER:
        state.apply(SCRIPTS[(x, o)[state.seat]](read(state), state.legal(), rng))
    return state


@pytest.mark.parametrize(("better", "worse", "by"), [("greedy", "random", 0.5), ("oracle", "greedy", 0.25)])
def test_better_scripts_win(better: str, worse: str, by: float) -> None:
    scores = [play(better, worse, seed).returns()[0] for seed in range(15)]
    scores += [play(worse, better, seed).returns()[1] for seed in range(15)]
    assert sum(scores) / len(scores) > by


def test_a_win_counts_for_more_where_gammons_count() -> None:
    ends = [play("oracle", "random", seed, "gammons") for seed in range(12)]
    assert {abs(state.returns()[0]) for state in ends} > {1.0, 2.0}
    for state in ends:
        view = json.loads(state.view(0, "json"))
        if view["result"] == "x":
            assert (state.returns()[0] == 1.0) == (view["off"]["o"] > 0)
