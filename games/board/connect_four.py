"""Connect four on seven columns, with a smaller held-out board. Too large to solve at the table: look-ahead counts."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from games.openspiel import SpielRules, SpielState
from games.rules import Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

FACTS = Facts(
    name="connect_four",
    title="Connect four",
    family="board",
    chance=False,
    hidden=False,
    payoff="zero_sum",
    rated=Format(opening_plies=4),
    engine="openspiel",
    oracle="search",
    perfect_recall=frozenset({"json"}),
    how_to_play=(
        "Two players, x and o, drop discs in turn into one of the columns, numbered from 1 at the left. A disc falls "
        "to the lowest free cell. Four of your own discs in a line (across, down or diagonal) win; a full board is a "
        "draw."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=42),
        "five_by_six": Variant(utility=(-1, 1), max_plies=30, split="heldout", parameters={"rows": 5, "columns": 6}),
    },
    scripts=frozenset({"greedy"}),
)
MARKS = "xo"
LINES = ((1, 0), (0, 1), (1, 1), (1, -1))


class ConnectFour(SpielState):
    """A position, top row first."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        if name == "compact":
            return f"{str(self.spiel)[:-1].replace(chr(10), '/')} {MARKS[seat]}"
        if name == "prose":
            header = "".join(self.names)
            return f"Connect four. You are {MARKS[seat]}. Make four in a line.\n{header}\n{self.spiel}"
        self.rules.check_view(name)
        rows = str(self.spiel)[:-1].split("\n")
        return json.dumps({"you": MARKS[seat], "grid": rows, "moves": self.moves()})


class _Rules(SpielRules):
    state_class = ConnectFour

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        return tuple(str(column + 1) for column in range(game.num_distinct_actions()))


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Win, else block, else whatever does not let the other win on top of it, as near the centre as can be."""
    grid: list[str] = seen["grid"]
    mine = str(seen["you"])
    other = MARKS[1 - MARKS.index(mine)]
    for mark in (mine, other):
        four = [move for move in legal if _makes_four(_dropped(grid, move, mark), move)]
        if four:
            return rng.choice(four)
    safe = [move for move in legal if not _opens(_dropped(grid, move, mine), move, other)] or list(legal)
    middle = (len(grid[0]) + 1) / 2
    nearest = min(abs(int(move) - middle) for move in safe)
    return rng.choice([move for move in safe if abs(int(move) - middle) == nearest])


def _dropped(grid: Sequence[str], move: str, mark: str) -> list[str]:
    """The grid after a disc of `mark`, if there is room for it."""
    x, height = int(move) - 1, len(grid)
    y = max((y for y in range(height) if grid[y][x] == "."), default=None)
    return [row[:x] + mark + row[x + 1 :] if number == y else row for number, row in enumerate(grid)]


def _opens(grid: Sequence[str], move: str, other: str) -> bool:
    return grid[0][int(move) - 1] == "." and _makes_four(_dropped(grid, move, other), move)


def _makes_four(grid: Sequence[str], move: str) -> bool:
    """Whether the topmost disc of the column stands in a line of four."""
    x = int(move) - 1
    y = next(y for y, row in enumerate(grid) if row[x] != ".")
    return any(1 + _run(grid, x, y, dx, dy) + _run(grid, x, y, -dx, -dy) >= 4 for dx, dy in LINES)


def _run(grid: Sequence[str], x: int, y: int, dx: int, dy: int) -> int:
    mark, length = grid[y][x], 0
    while 0 <= x + dx < len(grid[0]) and 0 <= y + dy < len(grid) and grid[y + dy][x + dx] == mark:
        x, y, length = x + dx, y + dy, length + 1
    return length


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
