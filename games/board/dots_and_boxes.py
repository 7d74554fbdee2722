"""Dots and boxes on four boxes, which is solved, and on six: giving away a box is often the way to win."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

FACTS = Facts(
    name="dots_and_boxes",
    title="Dots and boxes",
    family="board",
    chance=False,
    hidden=False,
    payoff="zero_sum",
    rated=Format(opening_plies=2),
    engine="openspiel",
    oracle="minimax",
    perfect_recall=frozenset({"json"}),
    how_to_play=(
        "The board is a grid of dots; the standard one has 3x3 dots, so 2x2 boxes. Columns of dots are a, b, c from "
        "the left, rows 1, 2, 3 from the top. Player 1 begins. In your turn draw one line that is not there yet "
        "between two dots that are side by side or one above the other. Whoever draws the last missing side of a box "
        "owns it, and draws again at once; a line that closes two boxes gives both. If it closes none, the "
        "turn passes. When every line is drawn, more boxes win; equal numbers are a draw. The margin is nothing. "
        "A move is the line's two dots, the left or upper one first: a1b1 lies across, a1a2 goes down."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=12, parameters={"num_rows": 2, "num_cols": 2}),
        "two_by_three": Variant(
            utility=(-1, 1), max_plies=17, split="heldout", parameters={"num_rows": 2, "num_cols": 3}
        ),
    },
    more_views=("edges",),
    scripts=frozenset({"greedy"}),
)
WIDTH = 4
"""Characters from one dot to the next in OpenSpiel's drawing."""

Box = tuple[int, int]
"""Row and column, from 0 at the upper left."""


class DotsAndBoxes(SpielState):
    """A position. OpenSpiel's own text of it does not say whose turn it is, and is not ASCII."""

    __slots__ = ()

    def key(self) -> str:
        return f"{self._lines()} {self._owners()} {self._turn()}"

    def view(self, seat: int, name: str) -> str:
        if name == "compact":
            return f"lines={self._lines()} boxes={self._owners()} turn={self._turn()} you={seat + 1}"
        if name == "prose":
            return f"{self._greeting(seat)}\n{self._drawn()}"
        if name == "edges":
            boxes = ", ".join(f"{dot(*box)} {owner}" for box, owner in self.boxes().items() if owner != ".")
            return (
                f"{self._greeting(seat)}\nDrawn: {' '.join(self.drawn()) or 'none'}\nFree: {' '.join(self.free())}\n"
                f"Boxes by their upper left dot, with their owner: {boxes or 'none'}"
            ).replace("Free: \n", "Free: none\n")
        self.rules.check_view(name)
        boxes = {dot(*box): owner for box, owner in self.boxes().items() if owner != "."}
        known = {"you": seat + 1, "turn": self._turn(), "drawn": self.drawn(), "free": self.free(), "boxes": boxes}
        return json.dumps({**known, "score": self.score(), "moves": self.moves()})

    def free(self) -> list[str]:
        """The lines that are not drawn."""
        return [self.names[action] for action in self.spiel.legal_actions()]

    def drawn(self) -> list[str]:
        """The lines that are drawn."""
        free = set(self.free())
        return [name for name in self.names if name not in free]

    def boxes(self) -> dict[Box, str]:
        """Each box with its owner, 1 or 2, or a point."""
        rows = str(self.spiel).split("\n")[1:-1:2]
        return {
            (y, x): row[WIDTH * x + WIDTH // 2].replace(" ", ".")
            for y, row in enumerate(rows)
            for x in range(len(row) // WIDTH)
        }

    def score(self) -> list[int]:
        """How many boxes each player owns."""
        owners = self._owners()
        return [owners.count("1"), owners.count("2")]

    def _lines(self) -> str:
        free = set(self.spiel.legal_actions())
        return "".join("0" if action in free else "1" for action in range(len(self.names)))

    def _owners(self) -> str:
        return "".join(self.boxes().values())

    def _turn(self) -> str:
        return "over" if self.seat == OVER else str(self.seat + 1)

    def _greeting(self, seat: int) -> str:
        turn = "All lines are drawn." if self.seat == OVER else f"It is player {self._turn()}'s turn."
        first, second = self.score()
        return f"Dots and boxes. You are player {seat + 1}. Boxes: player 1 has {first}, player 2 has {second}. {turn}"

    def _drawn(self) -> str:
        """The board, boxes marked with their owners."""
        there, boxes = set(self.drawn()), self.boxes()
        rows, columns = 1 + max(y for y, _ in boxes), 1 + max(x for _, x in boxes)
        text = ["  " + "   ".join(chr(97 + x) for x in range(columns + 1))]
        for y in range(rows + 1):
            across = ("---" if dot(y, x) + dot(y, x + 1) in there else "   " for x in range(columns))
            text.append(f"{y + 1} +{'+'.join(across)}+")
            if y < rows:
                down = ["|" if dot(y, x) + dot(y + 1, x) in there else " " for x in range(columns + 1)]
                inside = [f" {boxes[y, x]} ".replace(".", " ") for x in range(columns)]
                text.append("  " + "".join(a + b for a, b in zip(down, [*inside, ""], strict=True)))
        return "\n".join(line.rstrip() for line in text)


class _Rules(SpielRules):
    state_class = DotsAndBoxes

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        parameters = game.get_parameters()
        rows, columns = int(parameters["num_rows"]), int(parameters["num_cols"])
        across = [dot(y, x) + dot(y, x + 1) for y in range(rows + 1) for x in range(columns)]
        return (*across, *(dot(y, x) + dot(y + 1, x) for y in range(rows) for x in range(columns + 1)))


def dot(row: int, column: int) -> str:
    """The name of a dot: row 1, column 0 is a2."""
    return f"{chr(97 + column)}{row + 1}"


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Close as many boxes as one line can; else draw no box's third side, if that can be."""
    drawn: set[str] = set(seen["drawn"])
    lines = drawn | set(legal)
    worth: dict[str, int] = {}
    for name in legal:
        sides = [len(drawn & around) for around in _boxes_at(name) if around <= lines]
        worth[name] = 9 * sides.count(3) - sides.count(2)
    best = max(worth.values())
    return rng.choice([name for name in legal if worth[name] == best])


def _boxes_at(line: str) -> list[set[str]]:
    """The sides of the two boxes beside a line, whether or not they are on the board."""
    x, y = ord(line[0]) - 97, int(line[1]) - 1
    corners = [(y - 1, x), (y, x)] if line[1] == line[3] else [(y, x - 1), (y, x)]
    return [
        {
            dot(r, c) + dot(r, c + 1), dot(r + 1, c) + dot(r + 1, c + 1),
            dot(r, c) + dot(r + 1, c), dot(r, c + 1) + dot(r + 1, c + 1),
        }
        for r, c in corners
    ]  # fmt: skip


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
