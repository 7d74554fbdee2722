"""Liar's dice: each seat sees its own dice, bids rise, and one call of liar ends it. The smallest game about belief."""

import json
import random
from collections.abc import Mapping, Sequence
from itertools import product
from math import comb
from typing import TYPE_CHECKING, Any

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

FACTS = Facts(
    name="liars_dice",
    title="Liar's dice",
    family="card",
    chance=True,
    hidden=True,
    payoff="zero_sum",
    rated=Format(rounds=100),
    engine="openspiel",
    oracle="cfr",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    how_to_play=(
        "Each of two players rolls dice that only it sees: one die with the faces 1 to 4, unless the position says "
        "otherwise. In turn you bid on all dice of both players together, or call the other's bid a lie. The bid q-f "
        "says that at least q dice show face f. The highest face is wild: it counts as every face. A new bid must "
        "have a higher quantity than the last one, or the same quantity and a higher face. `liar` ends the round: if "
        "the last bid is true its bidder wins 1 point, else the caller does, and the other loses 1. The first move "
        "must be a bid."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=9, parameters={"dice_sides": 4}),
        "six_sides": Variant(
            utility=(-1, 1), max_plies=13, split="heldout", solved=False, parameters={"dice_sides": 6}
        ),
        "two_dice": Variant(
            utility=(-1, 1), max_plies=17, split="heldout", solved=False, parameters={"dice_sides": 4, "numdice": 2}
        ),
    },
    scripts=frozenset({"greedy"}),
)
LIAR = "liar"


class LiarsDice(SpielState):
    """One round."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        dice, bids, scores = known["your_dice"], known["moves"], known["scores"]
        if name == "json":
            return json.dumps(known)
        if name == "compact":
            ending = ["/".join(f"{s:+d}" for s in scores)] if scores else []
            return " ".join([str(seat + 1), "".join(map(str, dice)), *bids, *ending])
        said = [f"player {1 + i % 2} {'calls liar' if b == LIAR else 'bids ' + b}" for i, b in enumerate(bids)]
        each = "one die" if len(dice) == 1 else f"{len(dice)} dice"
        ending = f" The round is over; points won: {', '.join(f'{s:+d}' for s in scores)}." if scores else ""
        return (
            f"Liar's dice. You are player {seat + 1} of 2. Each player has {each} with faces 1 to {known['faces']}; "
            f"{known['faces']} is wild. You rolled {', '.join(map(str, dice))}. "
            f"So far: {', '.join(said) if said else 'nothing yet'}.{ending}"
        )

    def _known(self, seat: int) -> dict[str, Any]:
        sides, each = _shape(self.variant)
        rolls = [step.action + 1 for step in self.spiel.full_history()[: 2 * each]]
        return {
            "player": seat + 1,
            "your_dice": sorted(rolls[seat * each : (seat + 1) * each]),
            "dice_of_each": each,
            "faces": sides,
            "moves": self.moves(),
            "scores": [int(r) for r in self.spiel.returns()] if self.seat == OVER else None,
        }

    def determinize(self, seat: int, rng: Chance) -> SpielState:
        """The other seat's dice rolled anew; once over, among the rolls that give the scores that were seen."""
        sides, each = _shape(self.variant)
        played = [step.action for step in self.spiel.full_history()]
        mine = played[seat * each : (seat + 1) * each]
        worlds: list[pyspiel.State] = []
        for other in product(range(sides), repeat=each):
            spiel = self.spiel.get_game().new_initial_state()
            for action in [*mine, *other, *played[2 * each :]] if seat == 0 else [*other, *mine, *played[2 * each :]]:
                spiel.apply_action(action)
            if self.seat != OVER or spiel.returns() == self.spiel.returns():
                worlds.append(spiel)
        return self.at(worlds[rng.below(len(worlds))], Chance(rng.word()))


class _Rules(SpielRules):
    state_class = LiarsDice

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        bids = game.num_distinct_actions() - 1
        sides = game.max_chance_outcomes()
        return (*(f"{1 + i // sides}-{1 + i % sides}" for i in range(bids)), LIAR)


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Calls liar where the last bid is more likely a lie than not; else the bid most likely true, the lowest of them.

    It reads nothing from what the other bids.
    """
    bids = [name for name in legal if name != LIAR]
    if LIAR in legal and (not bids or chance_of(seen["moves"][-1], seen) < 0.5):
        return LIAR
    return max(bids, key=lambda bid: chance_of(bid, seen))


def chance_of(bid: str, seen: Mapping[str, Any]) -> float:
    """The probability that a bid is true, given one's own dice and nothing of what was said."""
    quantity, face = map(int, bid.split("-"))
    faces, others = seen["faces"], seen["dice_of_each"]
    needed = quantity - sum(die in (face, faces) for die in seen["your_dice"])
    hit = (1 if face == faces else 2) / faces
    return sum(comb(others, k) * hit**k * (1 - hit) ** (others - k) for k in range(max(needed, 0), others + 1))


def _shape(variant: str) -> tuple[int, int]:
    """Faces of a die, and dice of each player."""
    parameters = FACTS.variants[variant].parameters
    return int(parameters["dice_sides"]), int(parameters.get("numdice", 1))


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
