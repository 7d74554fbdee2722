"""Pig: what a one costs and a stop keeps, the views, the known value of the game, and the scripts."""

import json
from itertools import pairwise

import pytest

from games.board.pig import PATIENCE, RULES, solve
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.tournament import any_legal, score


def at(mine: int, other: int, total: int, variant: str = "standard"):
    """A position of player 1's turn, reached by dice that fall as they must."""
    state = RULES.start(0, variant)
    spiel = state.spiel
    for points in (mine, other):
        _collect(spiel, points)
        spiel.apply_action(1)
    _collect(spiel, total)
    return state.at(spiel, state.chance)


def _collect(spiel, points: int) -> None:
    while points:
        face = points if points in range(2, 7) else 2 if points > 7 else 3 if points == 7 else 0
        spiel.apply_action(0)
        spiel.apply_action(face - 1)
        points -= face


def test_random_play_keeps_the_rules() -> None:
    for before, after in pairwise(_told()):
        (mine, other, total, seat), (mine_after, other_after, total_after, seat_after) = before, after
        if seat_after == seat:
            assert 2 <= total_after - total <= 6
            assert (mine_after, other_after) == (mine, other)
        else:
            assert total_after == 0
            assert (other_after, mine_after) in {(mine, other), (mine + total, other)}


def _told():
    state = RULES.start(3)
    for number in range(60):
        yield (*state.told(state.seat), state.seat)
        state.apply("stop" if number % 4 == 3 else "roll")


def test_stopping_at_the_target_wins() -> None:
    state = at(90, 40, 10)
    assert oracle(state)["stop"] == 1.0
    assert 4 / 6 < oracle(state)["roll"] < 1.0  # a one does not lose the game yet
    state.apply("stop")
    assert (state.seat, state.returns()) == (OVER, [1.0, -1.0])


def test_the_views_tell_the_same_position() -> None:
    state = at(12, 9, 6)
    assert state.view(0, "compact") == "you=12 other=9 turn_total=6 turn=you target=100 sides=6"
    assert state.view(1, "compact") == "you=9 other=12 turn_total=6 turn=other target=100 sides=6"
    told = "You have 9 points, the other has 12. It is the other's turn, and the turn total is 6."
    assert state.view(1, "prose").endswith(told)
    assert json.loads(state.view(0, "json"))["turn_total"] == 6


def test_the_first_player_wins_as_often_as_neller_and_presser_found() -> None:
    chances_KIJ, begins_IJ = solve(100, 6)
    assert begins_IJ[0, 0] == pytest.approx(0.5306, abs=5e-5)
    assert chances_KIJ[25, 0, 0] == pytest.approx(1 - begins_IJ[0, 25])  # nobody rolls on with 25 at the start


@pytest.mark.parametrize(
    ("mine", "other", "total", "wise"),
    [(0, 0, 19, "roll"), (0, 0, 22, "stop"), (0, 98, 30, "roll"), (88, 98, 6, "roll"), (90, 98, 10, "stop")],
)
def test_the_oracle_knows_when_to_stop(mine: int, other: int, total: int, wise: str) -> None:
    values = oracle(at(mine, other, total))
    assert max(values, key=lambda name: values[name]) == wise


def test_values_are_the_means_of_what_follows() -> None:
    values, now = oracle(at(30, 40, 10)), 0.0
    for face in range(2, 7):
        now += max(oracle(at(30, 40, 10 + face)).values()) / 6
    _, begins_IJ = solve(100, 6)
    assert values["roll"] == pytest.approx(now + (1 - 2 * begins_IJ[40, 30]) / 6)


def test_the_oracle_beats_greedy_and_greedy_beats_chance() -> None:
    assert PATIENCE < 20
    assert score(RULES, RULES.scripts["oracle"], RULES.scripts["greedy"], 60) > 0.25
    assert score(RULES, RULES.scripts["greedy"], any_legal, 10) > 0.8
