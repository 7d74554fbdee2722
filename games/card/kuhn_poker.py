"""Kuhn poker: three cards, one bet, twelve information sets. The smallest game in which bluffing is right."""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

RANKS = "JQKA"
WORDS = {"p": "pass", "b": "bet"}

FACTS = Facts(
    name="kuhn_poker",
    title="Kuhn poker",
    family="card",
    chance=True,
    hidden=True,
    payoff="zero_sum",
    rated=Format(rounds=100),
    engine="openspiel",
    oracle="cfr",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    how_to_play=(
        "Each player pays one chip and is dealt one card of J < Q < K (and A with three players). In turn you pass or "
        "bet one chip. After a bet the others call it by betting, or fold by passing. If nobody folds, the highest "
        "card takes the pot."
    ),
    variants={
        "standard": Variant(utility=(-2, 2), max_plies=3),
        "three_players": Variant(
            utility=(-2, 4), max_plies=5, split="heldout", seats=3, solved=False, parameters={"players": 3}
        ),
    },
    scripts=frozenset({"greedy"}),
)


class Kuhn(SpielState):
    """One hand."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        known = self.spiel.information_state_string(seat)
        card, bets = RANKS[int(known[0])], known[1:]
        if name == "compact":
            return f"{seat + 1} {card} {bets}{self._scores()}"
        said = [WORDS[b] for b in bets]
        if name == "prose":
            history = ", ".join(said) if said else "nothing yet"
            return f"Kuhn poker. You are player {seat + 1} and hold {card}. Actions so far: {history}.{self._ending()}"
        self.rules.check_view(name)
        return json.dumps({"player": seat + 1, "card": card, "actions": said, "chips": self._chips()})

    def _scores(self) -> str:
        chips = self._chips()
        return "" if chips is None else " " + "/".join(f"{c:+d}" for c in chips)

    def _chips(self) -> list[int] | None:
        return [int(r) for r in self.spiel.returns()] if self.seat == OVER else None

    def _ending(self) -> str:
        chips = self._chips()
        return "" if chips is None else f" The hand is over; chips won: {', '.join(f'{c:+d}' for c in chips)}."


class _Rules(SpielRules):
    state_class = Kuhn

    def action_names(self, game: object) -> tuple[str, ...]:
        return ("pass", "bet")


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Bets on every card but the lowest: it never bluffs, and bets middling cards that only better ones will call."""
    return "pass" if seen["card"] == "J" else "bet"


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}
