"""Pig: roll on or stop, with one die. Luck decides most single games; what the best play is worth is known exactly."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, State, Variant

FACTS = Facts(
    name="pig",
    title="Pig",
    family="board",
    chance=True,
    hidden=False,
    payoff="zero_sum",
    rated=Format(rounds=6),
    engine="openspiel",
    oracle="own",
    perfect_recall=frozenset(),
    how_to_play=(
        "Two players collect points with one die; the standard die has six sides, the standard target is 100 points. "
        "In your turn you either roll or stop, as often as you like. Roll: a 1 loses the turn total, and the turn "
        "passes; any other number is added to the turn total, and you choose again. Stop: the turn total is added to "
        "your score, and the turn passes. Points of the turn total are not safe until you stop. Whoever stops with a "
        "score of at least the target wins at once. Player 1 begins. The moves are: roll, stop. (A game of 1000 rolls "
        "and stops ends undecided.)"
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=1000, parameters={"winscore": 100, "diceoutcomes": 6}),
        "forty": Variant(utility=(-1, 1), max_plies=1000, parameters={"winscore": 40, "diceoutcomes": 6}),
        "eight_sides": Variant(
            utility=(-1, 1), max_plies=1000, split="heldout", parameters={"winscore": 60, "diceoutcomes": 8}
        ),
    },
    scripts=frozenset({"greedy", "oracle"}),
)
ACTIONS = ("roll", "stop")
FIELDS = re.compile(r"Scores: (\d+) (\d+), Turn total: (\d+)")
PATIENCE = 8
"""The turn total at which the greedy script stops: it has had something, but far less than is wise (about 20)."""
PRECISE = 1e-10


class Pig(SpielState):
    """A position where somebody chooses: the die has been rolled."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        mine, other, total = self.told(seat)
        turn = "nobody" if self.seat == OVER else "you" if self.seat == seat else "other"
        rules = self.rules.check_variant(self.variant).parameters
        target, sides = rules["winscore"], rules["diceoutcomes"]
        if name == "compact":
            return f"you={mine} other={other} turn_total={total} turn={turn} target={target} sides={sides}"
        if name == "json":
            scores = {"your_score": mine, "other_score": other, "turn_total": total, "turn": turn}
            return json.dumps({"you": seat + 1, **scores, "target": target, "sides": sides})
        whose = {
            "nobody": "The game is over.",
            "you": f"It is your turn, and the turn total is {total}.",
            "other": f"It is the other's turn, and the turn total is {total}.",
        }
        return (
            f"Pig to {target} points, with a die of {sides} sides. You are player {seat + 1}. "
            f"You have {mine} points, the other has {other}. {whose[turn]}"
        )

    def told(self, seat: int) -> tuple[int, int, int]:
        """The seat's score, the other's, and the turn total of whoever's turn it is."""
        found = FIELDS.search(str(self.spiel))
        assert found is not None
        first, second, total = map(int, found.groups())
        return (first, second, total) if seat == 0 else (second, first, total)


class _Rules(SpielRules):
    state_class = Pig

    def action_names(self, game: object) -> tuple[str, ...]:
        return ACTIONS

    def action_values(self, state: State) -> dict[str, float]:
        """Exact but for the limit of 1000 rolls and stops, which good players do not come near."""
        assert isinstance(state, Pig)
        parameters = self.check_variant(state.variant).parameters
        return worth(int(parameters["winscore"]), int(parameters["diceoutcomes"]), *state.told(state.seat))


def worth(target: int, sides: int, mine: int, other: int, total: int) -> dict[str, float]:
    """The expected result of each action to whoever's turn it is, when both go on as well as can be."""
    chances_KIJ, begins_IJ = solve(target, sides)
    lost = 1.0 - begins_IJ[other, mine]
    on = [
        1.0 if mine + total + face >= target else chances_KIJ[total + face, mine, other] for face in range(2, sides + 1)
    ]
    roll = (lost + sum(on)) / sides
    stop = 1.0 if mine + total >= target else 1.0 - begins_IJ[other, mine + total]
    return {"roll": float(2.0 * roll - 1.0), "stop": float(2.0 * stop - 1.0)}


@lru_cache(maxsize=8)
def solve(target: int, sides: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mover's chance to win, by (turn total, own score, other's score), and the same at the start of a turn.

    Value iteration, as in Neller and Presser, "Optimal play of the dice game Pig" (UMAP Journal 25:1, 2004): each
    round takes the chances at the start of a turn as known, and goes through the turn totals from the highest down.
    """
    chances_KIJ = np.ones((target + sides, target, target))
    begins_IJ = np.full((target, target), 0.5)
    while True:
        # By own score and other's: the mover's chance once the turn has passed.
        passed_IJ = 1.0 - begins_IJ.T
        for total in range(target - 1, -1, -1):
            open_scores = target - total  # with more, the mover has but to stop
            on_IJ = chances_KIJ[total + 2 : total + sides + 1, :open_scores].sum(axis=0)
            roll_IJ = (passed_IJ[:open_scores] + on_IJ) / sides
            chances_KIJ[total, :open_scores] = np.maximum(roll_IJ, passed_IJ[total:])
        change = float(np.abs(chances_KIJ[0] - begins_IJ).max())
        begins_IJ = chances_KIJ[0].copy()
        if change < PRECISE:
            return chances_KIJ, begins_IJ


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Stop as soon as the turn has brought a little, or the game is won."""
    total = int(seen["turn_total"])
    return "stop" if total >= min(PATIENCE, int(seen["target"]) - int(seen["your_score"])) else "roll"


def best(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """What is worth most."""
    found = worth(*(int(seen[k]) for k in ("target", "sides", "your_score", "other_score", "turn_total")))
    return max(legal, key=lambda name: found[name])


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy, "oracle": best}
