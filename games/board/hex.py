"""Hex on small boards: connect your two sides. No draws; the size of the board sets how far one must look ahead."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from games.openspiel import SpielRules, SpielState
from games.rules import Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

FACTS = Facts(
    name="hex",
    title="Hex",
    family="board",
    chance=False,
    hidden=False,
    payoff="zero_sum",
    rated=Format(opening_plies=2),
    engine="openspiel",
    oracle="search",
    perfect_recall=frozenset({"json"}),
    how_to_play=(
        "Two players, x and o, put a stone of their mark on any empty cell in turn; x begins. Stones never move and "
        "are never taken. The board is a square of hexagons, 5x5 in the standard game; columns are a, b, c from the "
        "left and rows 1, 2, 3, ... from the top, and each row is drawn half a cell further to the right than the row "
        "above. So a cell touches six others: b3 touches a3 and c3 beside it, b2 and c2 above it, a4 and b4 below it. "
        "x wins with a chain of touching x stones from the top row to the bottom row, o with a chain of touching o "
        "stones from the leftmost column to the rightmost. Exactly one of the two chains comes about, so there are no "
        "draws. A move is the name of an empty cell, such as b3."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=25, parameters={"board_size": 5}),
        "four": Variant(utility=(-1, 1), max_plies=16, parameters={"board_size": 4}),
        "seven": Variant(utility=(-1, 1), max_plies=49, split="heldout", parameters={"board_size": 7}),
    },
    more_views=("coordinates",),
    scripts=frozenset({"greedy"}),
)
MARKS = "xo"
GOALS = ("the top row to the bottom row", "the leftmost column to the rightmost column")
AROUND = ((0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1))
"""Steps (columns, rows) from a cell to those that it touches."""

Cell = tuple[int, int]
"""Column and row, from 0."""


class Hex(SpielState):
    """A position, top row first."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        if name == "compact":
            return f"{'/'.join(self._grid())} {MARKS[seat]}"
        if name == "prose":
            return f"{self._greeting(seat)}\n{self._drawn()}"
        if name == "coordinates":
            return f"{self._greeting(seat)}\n{self._cells('x')}\n{self._cells('o')}\n{self._cells('.')}"
        self.rules.check_view(name)
        return json.dumps({"you": MARKS[seat], "grid": self._grid(), "moves": self.moves()})

    def _grid(self) -> list[str]:
        return ["".join(row.split()) for row in str(self.spiel).split("\n")]

    @staticmethod
    def _greeting(seat: int) -> str:
        return f"Hex. You are {MARKS[seat]}. Connect {GOALS[seat]}."

    def _drawn(self) -> str:
        rows = self._grid()
        lines = [f"{y + 1} {' ' * y}{' '.join(row)}" for y, row in enumerate(rows)]
        return "\n".join(["  " + " ".join(chr(97 + x) for x in range(len(rows))), *lines])

    def _cells(self, mark: str) -> str:
        found = [name_of((x, y)) for y, row in enumerate(self._grid()) for x, c in enumerate(row) if c == mark]
        return f"{'empty' if mark == '.' else mark}: {' '.join(found) or 'none'}"


class _Rules(SpielRules):
    state_class = Hex

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        size = int(game.num_distinct_actions() ** 0.5)
        return tuple(name_of((x, y)) for y in range(size) for x in range(size))


def name_of(cell: Cell) -> str:
    """The canonical name of a cell: (1, 2) is b3."""
    return f"{chr(97 + cell[0])}{cell[1] + 1}"


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """The cell after which its own chain lacks the fewest stones, compared with what the other's lacks."""
    grid: list[str] = seen["grid"]
    mine = str(seen["you"])
    other = MARKS[1 - MARKS.index(mine)]
    worth: dict[str, int] = {}
    for name in legal:
        x, y = ord(name[0]) - 97, int(name[1:]) - 1
        after = [*grid[:y], grid[y][:x] + mine + grid[y][x + 1 :], *grid[y + 1 :]]
        worth[name] = missing(after, other) - missing(after, mine)
    best = max(worth.values())
    return rng.choice([name for name in legal if worth[name] == best])


def missing(grid: Sequence[str], mark: str) -> int:
    """How many more stones a chain of `mark` needs at least; more than there are cells where none is possible."""
    size = len(grid)
    never = size * size + 1
    edge: list[Cell] = [(i, 0) if mark == "x" else (0, i) for i in range(size)]
    cost = {cell: _price(grid, cell, mark, never) for cell in edge}
    layers: list[list[Cell]] = [[cell for cell in edge if cost[cell] == price] for price in range(never)]
    for price, layer in enumerate(layers):
        for cell in layer:  # grows while it is walked: a stone already there costs nothing
            if cell[1 if mark == "x" else 0] == size - 1:
                return price
            for near in _touching(cell, size):
                reached = price + _price(grid, near, mark, never)
                if reached < cost.get(near, never):
                    cost[near] = reached
                    layers[reached].append(near)
    return never


def _price(grid: Sequence[str], cell: Cell, mark: str, never: int) -> int:
    there = grid[cell[1]][cell[0]]
    return 0 if there == mark else 1 if there == "." else never


def _touching(cell: Cell, size: int) -> Iterator[Cell]:
    for across, down in AROUND:
        x, y = cell[0] + across, cell[1] + down
        if 0 <= x < size and 0 <= y < size:
            yield x, y


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
