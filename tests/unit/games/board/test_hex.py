"""Hex: who connects what, the views, the search beside exact values on the small board, and the script."""

import json

import pytest

from arena.core.chance import Chance
from games.board.hex import RULES, missing
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.tournament import any_legal, score


def played(moves: str, variant: str = "standard"):
    state = RULES.start(0, variant)
    for move in moves.split():
        state.apply(move)
    return state


@pytest.mark.parametrize(
    ("moves", "winner"),
    [
        ("c1 a1 c2 b1 c3 d1 c4 e1 c5", 0),  # straight down
        ("e1 a1 d2 b1 c3 c1 b4 d1 a5", 0),  # down the short diagonal, which touches
        ("e1 a2 e2 b2 e4 c2 e5 d2 a5 e3 d3 d1 b5 c1", None),  # the long way down does not touch
        ("a1 a3 b1 b3 d1 c3 e1 d3 a5 e3", 1),  # straight across
    ],
)
def test_chains_win_on_their_own_sides(moves: str, winner: int | None) -> None:
    state = played(moves)
    assert (state.seat == OVER) == (winner is not None)
    if winner is not None:
        assert state.returns()[winner] == 1.0


def test_the_views_tell_the_same_position() -> None:
    state = played("c2 b3 d1")
    assert state.view(1, "compact") == "...x./..x../.o.../...../..... o"
    assert state.view(1, "prose").split("\n")[1:4] == ["  a b c d e", "1 . . . x .", "2  . . x . ."]
    assert state.view(1, "coordinates").split("\n")[1:3] == ["x: d1 c2", "o: b3"]
    assert json.loads(state.view(1, "json"))["moves"] == ["c2", "b3", "d1"]


@pytest.mark.parametrize(
    ("grid", "x", "o"),
    [(["...", "...", "..."], 3, 3), (["..x", ".x.", "x.."], 0, 10), (["oo.", "...", "..x"], 2, 1)],
)
def test_missing_counts_the_stones_that_a_chain_lacks(grid: list[str], x: int, o: int) -> None:
    assert (missing(grid, "x"), missing(grid, "o")) == (x, o)


@pytest.mark.parametrize("seed", range(8))
def test_the_search_finds_the_wins_of_the_small_board(seed: int) -> None:
    state, chance = RULES.start(0, "four"), Chance(seed)
    for _ in range(7):
        state.apply_id(state.legal_ids()[chance.below(len(state.legal_ids()))])
    found = oracle(state)
    exact = {name: -value(after(state, name)) for name in state.legal()}
    assert exact[max(found, key=lambda name: found[name])] == max(exact.values())


def test_greedy_beats_chance() -> None:
    assert score(RULES, RULES.scripts["greedy"], any_legal, 10) > 0.8


def after(state, name: str):
    state = state.clone()
    state.apply(name)
    return state


def value(state, known: dict[str, float] = {}) -> float:  # noqa: B006 - remembered on purpose
    """Exactly, to whoever's turn it is."""
    key = state.key()
    if key not in known:
        # Whoever moved last has won where it is over.
        known[key] = -1.0 if state.seat == OVER else max(-value(after(state, name)) for name in state.legal())
    return known[key]
