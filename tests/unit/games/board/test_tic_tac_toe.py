"""The tic-tac-toe script: it wins, blocks, and avoids three in a row where that loses."""

import json
import random

import pytest

from games.board.tic_tac_toe import RULES
from tests.unit.games.tournament import any_legal, score


@pytest.mark.parametrize(
    ("moves", "variant", "wanted"),
    [
        ("a1 b1 a2 b2", "standard", {"a3"}),  # wins rather than blocks
        ("a1 b2 c1", "standard", {"b1"}),
        ("a1 b1 b2", "standard", {"c3"}),
        ("", "standard", {"b2"}),
        ("b2", "standard", {"a1", "c1", "a3", "c3"}),
        ("a1 b1 a2 b2", "misere", {"c1", "c2", "b3", "c3"}),
        ("c1 a1 c2 a2", "misere", {"b1", "b2", "a3", "b3"}),
    ],
)
def test_greedy_chooses(moves: str, variant: str, wanted: set[str]) -> None:
    state = RULES.start(0, variant)
    for move in moves.split():
        state.apply(move)
    seen = json.loads(state.view(state.seat, "json"))
    assert {RULES.scripts["greedy"](seen, state.legal(), random.Random(seed)) for seed in range(60)} == wanted


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_greedy_beats_chance(variant: str) -> None:
    assert score(RULES, RULES.scripts["greedy"], any_legal, 100, variant) > 0.2
