"""The connect four script: it wins, blocks, and does not put a disc under the other's four."""

import json
import random

import pytest

from games.board.connect_four import RULES
from tests.unit.games.tournament import any_legal, score


@pytest.mark.parametrize(
    ("moves", "wanted"),
    [
        ("", "4"),
        ("1 2 1 2 1 2", "1"),  # wins rather than blocks
        ("1 2 1 2 1", "1"),
        ("3 1 4 1 5", "2 6"),
        ("1 2 2 3 3 4 3 4 4 6", "4"),  # up the diagonal
    ],
)
def test_greedy_chooses(moves: str, wanted: str) -> None:
    state = RULES.start(0)
    for move in moves.split():
        state.apply(move)
    seen = json.loads(state.view(state.seat, "json"))
    chosen = {RULES.scripts["greedy"](seen, state.legal(), random.Random(seed)) for seed in range(60)}
    assert chosen == set(wanted.split())


def test_greedy_does_not_lift_the_other_to_its_four() -> None:
    grid = [".......", ".......", ".......", ".......", "xxx....", "oxo...."]
    seen = {"you": "o", "grid": grid, "moves": []}
    legal = list("1234567")
    chosen = {RULES.scripts["greedy"](seen, legal, random.Random(seed)) for seed in range(60)}
    assert "4" not in chosen


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_greedy_beats_chance(variant: str) -> None:
    assert score(RULES, RULES.scripts["greedy"], any_legal, 20, variant) > 0.6
