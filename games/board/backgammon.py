"""Backgammon without the doubling cube, bounded in turns: luck and judgement. Held out: wins that count for more.

OpenSpiel numbers a move by the two points it starts from and by which die goes first; the names here say just that, on
one numbering of the points for both players.
"""

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

FACTS = Facts(
    name="backgammon",
    title="Backgammon",
    family="board",
    chance=True,
    hidden=False,
    payoff="zero_sum",
    rated=Format(rounds=4),
    engine="openspiel",
    oracle="search",
    perfect_recall=frozenset(),
    how_to_play=(
        "Points are numbered 1 to 24, for both players alike. x moves its checkers from high points to low ones, has "
        "its home on points 1 to 6 and bears off below 1; o moves from low points to high ones, has its home on 19 to "
        "24 and bears off above 24. Two dice are rolled each turn, and each die moves one checker by as many points. A "
        "point held by two or more of the other's checkers is closed; a lone one is hit by landing on it and goes to "
        "the bar. Who has a checker on the bar must bring it in first: x enters on 25 minus the die, o on the die. "
        "Once all your checkers are at home you may bear off, with the exact die, or with a larger one from your "
        "rearmost point. Both dice must be used if they can be, and the larger if only one of them can; a double is "
        "played twice, as two moves in a row. The first to bear off all checkers wins 1; there is no cube. "
        "Only where the variant is `gammons` does a win count 2 if the other has borne off none, and 3 if it "
        "then also has one on the bar or in the winner's home. If 120 turns run out, it is a draw.\n"
        "A move names, in the order played, each die (b the bigger, s the smaller, the same for a double) and the "
        "point its checker leaves: `b/13 s/24` moves the bigger die from 13, then the smaller from 24. `b/bar` enters "
        "from the bar, `s/pass` leaves a die unused."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=240, parameters={"max_player_turns": 120}),
        "gammons": Variant(
            utility=(-3, 3),
            max_plies=240,
            split="heldout",
            parameters={"max_player_turns": 120, "scoring_type": "full_scoring"},
        ),
    },
    more_views=("grid", "list"),
    scripts=frozenset({"greedy", "oracle"}),
)
MARKS = "xo"
CHECKERS = 15
BAR, PASS = 24, 25
PLACES = 26
"""OpenSpiel's digits of a move: 0 to 23 are points 24 to 1, then the bar, then a die unused."""
FIELDS = re.compile(r"Extra turn: (\d)\nDice: ?(\d*)\n.*\n.*X: (\d+), O: (\d+)")


def _place(digit: int) -> str:
    return {BAR: "bar", PASS: "pass"}.get(digit, str(24 - digit))


NAMES = tuple(
    f"{'bs'[order]}/{_place(first)} {'sb'[order]}/{_place(second)}"
    for order in (0, 1)
    for second in range(PLACES)
    for first in range(PLACES)
)


class Backgammon(SpielState):
    """A position after the dice are rolled."""

    __slots__ = ()

    def _told(self, seat: int) -> dict[str, Any]:
        found = FIELDS.search(str(self.spiel))
        assert found is not None
        extra, dice, *off = found.groups()
        sides = [{24 - p: n for p in range(23, -1, -1) if (n := self.spiel.board(s, p)) > 0} for s in (0, 1)]
        over, scores = self.seat == OVER, self.returns()
        return {
            "you": MARKS[seat],
            "turn": None if over else MARKS[self.seat],
            "dice": sorted(map(int, dice), reverse=True),
            "again": extra == "1",
            "points": dict(zip(MARKS, sides, strict=True)),
            "bar": {m: CHECKERS - sum(sides[i].values()) - int(off[i]) for i, m in enumerate(MARKS)},
            "off": {m: int(off[i]) for i, m in enumerate(MARKS)},
            "result": None if not over else "draw" if scores[0] == 0 else MARKS[scores[1] > 0],
        }

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        told = self._told(seat)
        if name == "json":
            return json.dumps(told)
        sides = {m: " ".join(f"{p}:{n}" for p, n in told["points"][m].items()) or "-" for m in MARKS}
        dice = "-".join(map(str, told["dice"])) or "none"
        now = f"{told['turn']} to play {dice}{' again' if told['again'] else ''}"
        now = now if told["turn"] else f"over: {told['result']}"
        if name == "compact":
            lots = " ".join(f"{m} {sides[m]} bar{told['bar'][m]} off{told['off'][m]}" for m in MARKS)
            return f"{MARKS[seat]} | {lots} | {now}"
        if name == "grid":
            rows = "\n".join(str(self.spiel).split("\n")[:13])
            lots = ", ".join(f"{m} bar {told['bar'][m]} off {told['off'][m]}" for m in MARKS)
            return f"you: {MARKS[seat]}; points 12 to 1 above, 13 to 24 below\n{rows}\n{lots}\n{now}"
        lines = [f"{m}: {sides[m]}; on the bar {told['bar'][m]}, borne off {told['off'][m]}" for m in MARKS]
        if name == "list":
            return "\n".join([f"you: {MARKS[seat]}", *lines, now])
        way = "from high points to low, home 1 to 6" if seat == 0 else "from low points to high, home 19 to 24"
        counts = "Checkers on each point, as point:number."
        return "\n".join([f"Backgammon. You are {MARKS[seat]} and move {way}. {counts}", *lines, f"Now: {now}."])

    def key(self) -> str:
        # OpenSpiel's own text leaves out how many turns are left before the draw.
        return f"{len(self.spiel.full_history())} {self.view(0, 'compact')}"


class _Rules(SpielRules):
    state_class = Backgammon

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        return NAMES


OFF, HIT, BLOT, HOME, POINT, STACK = 6.0, 8.0, -4.0, 6.0, 2.5, 2.0
"""In pips: a checker off, one of the other's on the bar, a blot hit (beside its way), points held, a stack."""
Side = dict[int, int]
"""Checkers by the distance that they have to go; 25 is the bar, 0 is off."""


def after(view: Mapping[str, Any], action: str) -> tuple[Side, Side]:
    """Where the mover's checkers and the other's are after a move, each by its own distance."""
    you = view["you"]
    other = MARKS[1 - MARKS.index(you)]
    mine, theirs = _side(view, you), _side(view, other)
    for half in action.split():
        die, place = half.split("/")
        if place != "pass":
            start = 25 if place == "bar" else int(place) if you == "x" else 25 - int(place)
            goal = max(0, start - view["dice"][0 if die == "b" else -1])
            mine[start] -= 1
            mine[goal] = mine.get(goal, 0) + 1
            if goal and theirs.get(25 - goal) == 1:
                theirs[25 - goal], theirs[25] = 0, theirs.get(25, 0) + 1
    return mine, theirs


def _side(view: Mapping[str, Any], mark: str) -> Side:
    found = {int(p) if mark == "x" else 25 - int(p): n for p, n in view["points"][mark].items()}
    return {**found, 25: view["bar"][mark], 0: view["off"][mark]}


def _pips(side: Side) -> int:
    return sum(distance * n for distance, n in side.items())


def greedy(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Races: the best difference of pip counts, so it hits where it can; then the fewest blots."""

    def worth(action: str) -> tuple[int, int, float]:
        mine, theirs = after(view, action)
        return _pips(theirs) - _pips(mine), -sum(n == 1 for d, n in mine.items() if 0 < d < 25), rng.random()

    return max(legal, key=worth)


def oracle(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Weighs the race against blots that can be hit, by what they would lose, and points that are held."""

    def worth(action: str) -> tuple[float, float]:
        mine, theirs = after(view, action)
        met = min((25 - d for d, n in theirs.items() if n and d), default=25)
        value = _pips(theirs) - _pips(mine) + OFF * mine[0] + HIT * theirs[25]
        for distance, n in mine.items():
            # Below `met` nothing of the other's can still meet a checker of ours.
            if n == 1 and met < distance < 25:
                value -= _risk(distance, theirs) * (25 - distance + BLOT)
            elif n > 1 and met < distance < 25:
                value += (HOME if distance <= 7 else POINT) - STACK * max(0, n - 3)
        return value, rng.random()

    return max(legal, key=worth)


def _risk(distance: int, theirs: Side) -> float:
    """About how likely a blot is to be hit: by the shots of 1 to 6, and by fewer from further."""
    shots = 0.0
    for d, n in theirs.items():
        gap = d - (25 - distance)
        if n and d and gap > 0:
            shots += (11 + gap) / 36 if gap <= 6 else 0.12 if gap <= 12 else 0.02
    return min(shots, 0.9)


SCRIPTS: dict[str, Callable[[Mapping[str, Any], Sequence[str], random.Random], str]] = {
    "greedy": greedy,
    "oracle": oracle,
}
RULES = _Rules(FACTS)
RULES.scripts = SCRIPTS
