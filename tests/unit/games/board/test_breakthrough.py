"""Breakthrough: the names of moves are OpenSpiel's moves, the views, wins, and the script."""

import json
import random

import pytest

from games.board.breakthrough import RULES
from games.conformance.subject import Subject
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.tournament import any_legal, score

CLOSE = "a5a4 f2f3 a4a3 f3f4"
"""b's pawn on a3 faces w's pawns on a2 and b2."""


def played(moves: str, variant: str = "standard"):
    state = RULES.start(0, variant)
    for move in moves.split():
        state.apply(move)
    return state


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_every_legal_move_is_named_as_openspiel_names_it(variant: str) -> None:
    for state in Subject(RULES, variant).positions():
        for action in state.legal_ids():
            said = state.spiel.action_to_string(state.seat, action)
            assert state.names[action] == (f"{said[:2]}x{said[2:4]}" if said.endswith("*") else said)


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_the_longest_match_is_openspiels(variant: str) -> None:
    assert RULES.facts.variants[variant].max_plies == RULES.game(variant).max_game_length()


def test_pawns_take_diagonally_and_not_straight_ahead() -> None:
    legal = played(CLOSE).legal()
    assert "a3xb2" in legal
    assert not {"a3a2", "a3xa2", "a3b2"} & set(legal)


def test_the_far_row_wins() -> None:
    state = played(f"{CLOSE} a3xb2 f4xe5 b2xa1")
    assert (state.seat, state.returns()) == (OVER, [1.0, -1.0])


def test_the_views_tell_the_same_position() -> None:
    state = played("a5a4 f2f3")
    assert state.view(1, "compact") == "bbbbbb/1bbbbb/b5/5w/wwwww1/wwwwww w"
    assert state.view(1, "prose").split("\n")[:4] == [
        "Breakthrough. You are w. You move up, to row 6.", "6 b b b b b b", "5 . b b b b b", "4 b . . . . .",
    ]  # fmt: skip
    assert state.view(0, "list").split("\n")[1] == "b: a6 b6 c6 d6 e6 f6 b5 c5 d5 e5 f5 a4"
    assert json.loads(state.view(0, "json"))["moves"] == ["a5a4", "f2f3"]


@pytest.mark.parametrize(
    ("moves", "wanted"),
    [
        (f"{CLOSE} a3xb2 a2a3", {"b2xa1", "b2xc1"}),  # the far row is one step away
        (f"{CLOSE} a3xb2", {"a1xb2", "c1xb2"}),  # only taking the pawn stops it
    ],
)
def test_greedy_and_the_search_see_what_decides(moves: str, wanted: set[str]) -> None:
    state = played(moves)
    seen = json.loads(state.view(state.seat, "json"))
    assert RULES.scripts["greedy"](seen, state.legal(), random.Random(0)) in wanted
    found = oracle(state)
    assert max(found, key=lambda name: found[name]) in wanted


def test_greedy_beats_chance() -> None:
    assert score(RULES, RULES.scripts["greedy"], any_legal, 15) > 0.8
