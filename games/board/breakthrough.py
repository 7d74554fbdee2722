"""Breakthrough on six by six: pawns only, a race to the far row. Little is written of it to be known by heart."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from games.openspiel import SpielRules, SpielState
from games.rules import Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

FACTS = Facts(
    name="breakthrough",
    title="Breakthrough",
    family="board",
    chance=False,
    hidden=False,
    payoff="zero_sum",
    rated=Format(opening_plies=4),
    engine="openspiel",
    oracle="search",
    perfect_recall=frozenset({"json"}),
    how_to_play=(
        "Two players, b and w, have two rows of pawns each; the standard board is 6x6. Columns are a, b, c and so on "
        "from the left; rows are numbered from 1 at the bottom. b starts on the two top rows, moves down and begins; w "
        "starts on the two bottom rows and moves up. In your turn move one pawn one row forward: straight ahead or "
        "diagonally. The cell straight ahead must be empty. A diagonal step may go to an empty cell, or take a pawn of "
        "the other player that stands there; taking is never forced, and a pawn straight ahead cannot be taken. You "
        "win by bringing a pawn to the far row (row 1 for b, the top row for w), or by taking the other's last pawn. "
        "There are no draws. A move is the cell left and the cell entered, with an x between them if a pawn is taken: "
        "a5b4, or a5xb4."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=109, parameters={"rows": 6, "columns": 6}),
        "seven_by_five": Variant(utility=(-1, 1), max_plies=111, split="heldout", parameters={"rows": 7, "columns": 5}),
    },
    more_views=("list",),
    scripts=frozenset({"greedy"}),
)
MARKS = "bw"
WAYS = ("down, to row 1", "up, to row {}")
STEPS = ((-1, -1), (0, -1), (1, -1), (-1, 1), (0, 1), (1, 1))
"""OpenSpiel's directions, as columns to the right and rows up: first b's three, then w's."""


class Breakthrough(SpielState):
    """A position, top row first."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        if name == "compact":
            rows = (re.sub(r"\.+", lambda empty: str(len(empty[0])), row) for row in self._grid())
            return f"{'/'.join(rows)} {MARKS[seat]}"
        if name == "prose":
            return f"{self._greeting(seat)}\n{self._drawn()}"
        if name == "list":
            return f"{self._greeting(seat)}\nb: {self._pawns('b')}\nw: {self._pawns('w')}"
        self.rules.check_view(name)
        return json.dumps({"you": MARKS[seat], "grid": self._grid(), "moves": self.moves()})

    def _grid(self) -> list[str]:
        return [row[1:] for row in str(self.spiel).split("\n")[:-2]]

    def _greeting(self, seat: int) -> str:
        return f"Breakthrough. You are {MARKS[seat]}. You move {WAYS[seat].format(len(self._grid()))}."

    def _drawn(self) -> str:
        grid = self._grid()
        lines = [f"{len(grid) - y} {' '.join(row)}" for y, row in enumerate(grid)]
        return "\n".join([*lines, "  " + " ".join(chr(97 + x) for x in range(len(grid[0])))])

    def _pawns(self, mark: str) -> str:
        grid = self._grid()
        found = [f"{chr(97 + x)}{len(grid) - y}" for y, row in enumerate(grid) for x, c in enumerate(row) if c == mark]
        return " ".join(found) or "none"


class _Rules(SpielRules):
    state_class = Breakthrough

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        parameters = game.get_parameters()
        rows, columns = int(parameters["rows"]), int(parameters["columns"])
        return tuple(_name(action, rows, columns) for action in range(game.num_distinct_actions()))


def _name(action: int, rows: int, columns: int) -> str:
    """The name of OpenSpiel's action, which counts (row from the top, column, direction, whether it takes)."""
    rest, takes = divmod(action, 2)
    rest, direction = divmod(rest, len(STEPS))
    y, x = divmod(rest, columns)
    across, up = STEPS[direction]
    row, to_column, to_row = rows - y, x + across, rows - y + up
    if not (0 <= to_column < columns and 0 < to_row <= rows) or (takes and across == 0):
        return f"never-{action}"
    return f"{chr(97 + x)}{row}{'x' if takes else ''}{chr(97 + to_column)}{to_row}"


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Win, or stop a win; else take what costs nothing, and go forward where one is not taken."""
    worth = {name: _worth(seen["grid"], str(seen["you"]), name) for name in legal}
    best = max(worth.values())
    return rng.choice([name for name in legal if worth[name] == best])


def _worth(grid: Sequence[str], mine: str, move: str) -> float:
    """Of a move, looking at the position after it: what is won, threatened and left to be taken."""
    rows = len(grid)
    x, y, to_x, to_y = ord(move[0]) - 97, rows - int(move[1]), ord(move[-2]) - 97, rows - int(move[-1])
    way = 1 if mine == "b" else -1
    after = [list(row) for row in grid]
    after[y][x], after[to_y][to_x] = ".", mine
    goal, last = (rows - 1, 1) if way > 0 else (0, rows - 2)
    if to_y == goal:
        return 1000.0
    other = MARKS[1 - MARKS.index(mine)]
    # A pawn of the other's that is one row from its goal can always step there, unless all three cells are held.
    lost = any(after[last][column] == other for column in range(len(after[0])))
    near = [column for column in (to_x - 1, to_x + 1) if 0 <= column < len(after[0])]
    attackers = sum(after[to_y + way][column] == other for column in near)
    guards = sum(0 <= to_y - way < rows and after[to_y - way][column] == mine for column in near)
    gain = 3.0 * ("x" in move) - 3.0 * (attackers > guards) - 1.0 * (0 < attackers <= guards)
    return gain + 0.2 * abs(to_y - (rows - 1 - goal)) - 500.0 * lost


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
