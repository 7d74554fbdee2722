"""Tic-tac-toe, with the misère variant: three in a row loses. Small enough to be solved: the ceiling control."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from games.openspiel import SpielRules, SpielState
from games.rules import Facts, Format, Variant

CELLS = tuple(f"{column}{row}" for row in (1, 2, 3) for column in "abc")
MARKS = "xo"

FACTS = Facts(
    name="tic_tac_toe",
    title="Tic-tac-toe",
    family="board",
    chance=False,
    hidden=False,
    payoff="zero_sum",
    rated=Format(opening_plies=2),
    engine="openspiel",
    oracle="minimax",
    perfect_recall=frozenset({"json"}),
    how_to_play=(
        "Two players, x and o, mark cells of a 3x3 grid in turn. Columns are a, b, c from the left, rows 1, 2, 3 from "
        "the top. Three of your own marks in a row, column or diagonal win; a full grid is a draw. "
        "In the misère variant three in a row lose."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=9),
        "misere": Variant(utility=(-1, 1), max_plies=9, split="heldout"),
    },
    scripts=frozenset({"greedy"}),
)
LINES = (
    *(CELLS[3 * row : 3 * row + 3] for row in range(3)), *(CELLS[column::3] for column in range(3)),
    CELLS[::4], CELLS[2:7:2],
)  # fmt: skip


class TicTacToe(SpielState):
    """A 3x3 position."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        if name == "compact":
            return f"{str(self.spiel).replace(chr(10), '/')} {MARKS[seat]}"
        if name == "prose":
            top, middle, bottom = " ".join(str(self.spiel)).split(" \n ")
            goal = "Do not make" if self.variant == "misere" else "Make"
            return (
                f"Tic-tac-toe. You are {MARKS[seat]}. {goal} three in a row.\n  a b c\n1 {top}\n2 {middle}\n3 {bottom}"
            )
        self.rules.check_view(name)
        board = {"you": MARKS[seat], "misere": self.misere, "grid": str(self.spiel).split("\n"), "moves": self.moves()}
        return json.dumps(board)

    @property
    def misere(self) -> bool:
        """Whether three in a row lose."""
        return self.variant == "misere"


class _Rules(SpielRules):
    state_class = TicTacToe

    def spiel_name(self, variant: str) -> str:
        return "misere(game=tic_tac_toe())" if variant == "misere" else "tic_tac_toe"

    def action_names(self, game: object) -> tuple[str, ...]:
        return CELLS


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Win, else block, else the centre, else a corner; where three in a row lose, whatever makes none."""
    marks = dict(zip(CELLS, "".join(seen["grid"]), strict=True))
    mine = str(seen["you"])
    making = [cell for cell in legal if _makes_three(marks, cell, mine)]
    if seen["misere"]:
        return rng.choice([cell for cell in legal if cell not in making] or list(legal))
    blocking = [cell for cell in legal if _makes_three(marks, cell, MARKS[1 - MARKS.index(mine)])]
    centre = [cell for cell in legal if cell == "b2"]
    corners = [cell for cell in legal if cell[0] in "ac" and cell[1] in "13"]
    return rng.choice(next(found for found in (making, blocking, centre, corners, list(legal)) if found))


def _makes_three(marks: Mapping[str, str], cell: str, mark: str) -> bool:
    return any(cell in line and all(marks[other] == mark for other in line if other != cell) for line in LINES)


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
