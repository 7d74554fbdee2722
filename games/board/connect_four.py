"""Connect four on seven columns, with a smaller held-out board. Too large to solve at the table: look-ahead counts."""

import json
from typing import TYPE_CHECKING

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
    oracle=None,
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
)
MARKS = "xo"


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


RULES = _Rules(FACTS)
