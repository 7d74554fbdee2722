"""Leduc hold'em: six cards, two rounds, a public card and raises. Small enough for CFR, large enough to bluff."""

import json
import random
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

FACTS = Facts(
    name="leduc_poker",
    title="Leduc hold'em",
    family="card",
    chance=True,
    hidden=True,
    payoff="zero_sum",
    rated=Format(rounds=100),
    engine="openspiel",
    oracle="cfr",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    how_to_play=(
        "The deck holds J < Q < K (and A with three players) in two suits, s and h. Each player pays one chip and gets "
        "one card; after a round of betting a public card is turned, and a second round follows. You fold, call (which "
        "is also to check) or raise: by 2 chips in the first round, by 4 in the second, at most twice a round in all. "
        "Player 1 begins both rounds; to fold is legal only where there is something to call. A pair with the public "
        "card wins, else the higher card; equal hands split the pot."
    ),
    variants={
        "standard": Variant(utility=(-13, 13), max_plies=8),
        "three_players": Variant(
            utility=(-13, 26), max_plies=14, split="heldout", seats=3, solved=False, parameters={"players": 3}
        ),
    },
    scripts=frozenset({"greedy"}),
)
ACTIONS = ("fold", "call", "raise")
RANKS = "JQKA"
SUITS = "sh"
FIELDS = re.compile(
    r"Private: (\d+).*\[Pot: (\d+)\]\[Money: ([\d. ]+)\](?:\[Public: (\d+)\])?"
    r".*Round1: ?([\d ]*)\].*Round2: ?([\d ]*)\]"
)
STAKE = 100


class Leduc(SpielState):
    """One hand."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        told, scores = self.spiel.information_state_string(seat), tuple(self.returns()) if self.seat == OVER else None
        if name == "prose":
            return _prose(told, seat, scores)
        self.rules.check_view(name)
        known = _fields(told, seat, scores)
        if name == "json":
            return json.dumps(known)
        bets = "/".join("".join(a[0] for a in known[part]) for part in ("first_round", "second_round"))
        won = " " + "/".join(f"{c:+g}" for c in known["chips"]) if known["chips"] else ""
        return f"{seat + 1} {known['card']} {known['public'] or '-'} {bets}{won}"


class _Rules(SpielRules):
    state_class = Leduc

    def action_names(self, game: object) -> tuple[str, ...]:
        return ACTIONS


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Raises on every hand but a bare jack, which it folds to a raise: it never bluffs, and never slows down."""
    paired = seen["public"] is not None and seen["public"][0] == seen["card"][0]
    wish = "raise" if paired or seen["card"][0] != "J" else "fold"
    # To fold is legal only against a raise, and to raise only twice a round.
    return wish if wish in legal else "call"


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy}


@lru_cache(maxsize=4096)
def _prose(told: str, seat: int, scores: tuple[float, ...] | None) -> str:
    """A hand in words, from OpenSpiel's information state. There are few, and they come again and again."""
    known = _fields(told, seat, scores)
    public = f"The public card is {known['public']}. " if known["public"] else ""
    second = f"Second round: {_said(known['second_round'])}. " if public else ""
    if known["chips"] is not None:
        money = f"The hand is over; chips won: {', '.join(f'{c:+g}' for c in known['chips'])}."
    else:
        money = f"Chips paid so far: {', '.join(map(str, known['paid']))}; the pot holds {known['pot']}."
    return (
        f"Leduc hold'em. You are player {seat + 1} and hold {known['card']}. {public}"
        f"First round: {_said(known['first_round'])}. {second}{money}"
    )


def _fields(told: str, seat: int, scores: Sequence[float] | None) -> dict[str, Any]:
    found = FIELDS.search(told)
    assert found is not None
    card, pot, money, public, first, second = found.groups()
    return {
        "player": seat + 1,
        "card": _card(card),
        "public": _card(public) if public else None,
        "first_round": [ACTIONS[int(a)] for a in first.split()],
        "second_round": [ACTIONS[int(a)] for a in second.split()],
        "pot": int(pot),
        "paid": None if scores is not None else [STAKE - int(m) for m in money.split()],
        "chips": None if scores is None else [_whole(score) for score in scores],
    }


def _whole(chips: float) -> float:
    # With three players an odd pot may be split in halves.
    return int(chips) if chips.is_integer() else chips


def _card(number: str) -> str:
    return RANKS[int(number) // 2] + SUITS[int(number) % 2]


def _said(actions: list[str]) -> str:
    return ", ".join(actions) if actions else "nothing yet"
