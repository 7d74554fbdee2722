"""Dots and boxes: who draws again, who owns what, the views, the exact values, and the script."""

import json
import random
from functools import lru_cache

import pytest

from games.board.dots_and_boxes import RULES
from games.conformance.subject import Subject
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.tournament import any_legal, score

THREE_SIDES = "a1b1 a2b2 a1a2"


def played(moves: str, variant: str = "standard"):
    state = RULES.start(0, variant)
    for move in moves.split():
        state.apply(move)
    return state


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_every_line_is_named_as_openspiel_numbers_it(variant: str) -> None:
    state = RULES.start(0, variant)
    for action, name in enumerate(state.names):
        way, row, column = state.spiel.action_to_string(0, action)[3:-1].split(",")
        x, y = ord(name[0]) - 97, int(name[1]) - 1
        assert (way, int(row), int(column)) == ("h" if name[1] == name[3] else "v", y, x)


@pytest.mark.parametrize(
    ("moves", "turn", "owned"),
    [
        (THREE_SIDES, 1, [0, 0]),
        (f"{THREE_SIDES} b1b2", 1, [0, 1]),  # who closes a box draws again
        (f"{THREE_SIDES} c1c2", 0, [0, 0]),
        (f"{THREE_SIDES} c1c2 b1c1 b2c2", 0, [0, 0]),  # one line is left between two boxes
        (f"{THREE_SIDES} c1c2 b1c1 b2c2 b1b2", 0, [2, 0]),  # and gives both
    ],
)
def test_closing_a_box_owns_it_and_draws_again(moves: str, turn: int, owned: list[int]) -> None:
    state = played(moves)
    assert (state.seat, state.score()) == (turn, owned)


def test_more_boxes_win_and_equal_numbers_are_a_draw() -> None:
    ends = set[float]()
    for state in Subject(RULES).positions():
        if state.seat == OVER:
            first, second = state.score()
            assert first + second == 4
            assert state.returns()[0] == (first > second) - (first < second)
            ends.add(state.returns()[0])
    assert ends == {-1.0, 0.0, 1.0}


def test_the_views_tell_the_same_position() -> None:
    state = played(f"{THREE_SIDES} b1b2")
    assert state.view(1, "prose").split("\n")[1:] == [
        "  a   b   c", "1 +---+   +", "  | 2 |", "2 +---+   +", "", "3 +   +   +",
    ]  # fmt: skip
    assert state.view(1, "compact") == "lines=101000110000 boxes=2... turn=2 you=2"
    assert state.view(0, "edges").endswith("with their owner: a1 2")
    assert json.loads(state.view(0, "json"))["boxes"] == {"a1": "2"}


@lru_cache(maxsize=1 << 16)
def margin(drawn: int) -> int:
    """How many boxes more than the other the player to move gets from here on, by a solver that knows only bits."""
    best = -9
    for line in range(12):
        if not drawn >> line & 1:
            after = drawn | 1 << line
            made = sum(after & box == box and drawn & box != box for box in BOXES)
            rest = margin(after) if after != 0xFFF else 0
            best = max(best, made + rest if made else -rest)
    return best


BOXES = [
    sum(1 << line for line in (2 * y + x, 2 * y + 2 + x, 6 + 3 * y + x, 7 + 3 * y + x)) for y in (0, 1) for x in (0, 1)
]


@pytest.mark.parametrize("opening", ["", *RULES.actions()[:6]])
def test_the_oracle_agrees_with_a_solver_of_margins(opening: str) -> None:
    state = played(opening)
    wanted = margin(sum(1 << state.ids[name] for name in state.drawn()))
    assert max(oracle(state).values()) == (wanted > 0) - (wanted < 0)


@pytest.mark.parametrize(
    ("moves", "wanted"),
    [(THREE_SIDES, {"b1b2"}), ("a1b1 a1a2", {"b1c1", "c1c2", "a3b3", "b3c3", "a2a3", "c2c3", "b2b3", "b2c2"})],
)
def test_greedy_closes_boxes_and_gives_none_away(moves: str, wanted: set[str]) -> None:
    state = played(moves)
    seen = json.loads(state.view(state.seat, "json"))
    chosen = {RULES.scripts["greedy"](seen, state.legal(), random.Random(seed)) for seed in range(60)}
    assert chosen == wanted


def test_the_solver_beats_greedy_and_greedy_beats_chance() -> None:
    def exact(seen, legal, rng: random.Random) -> str:
        values = oracle(played(" ".join(seen["moves"])))
        return rng.choice([name for name in legal if values[name] == max(values.values())])

    greedy = RULES.scripts["greedy"]
    assert score(RULES, exact, greedy, 20) > 0.2
    assert score(RULES, greedy, any_legal, 40) > 0.4
