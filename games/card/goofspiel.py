"""Goofspiel with secret bids: every seat bids one card a turn for the same prizes, and only the winner is told."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel

SECRET = {"imp_info": True, "num_cards": 4, "points_order": "random", "returns_type": "point_difference"}
FACTS = Facts(
    name="goofspiel",
    title="Goofspiel",
    family="card",
    chance=True,
    hidden=True,
    simultaneous=True,
    payoff="zero_sum",
    rated=Format(rounds=50),
    engine="openspiel",
    oracle="cfr",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    how_to_play=(
        "Each player holds the same cards, 1 to n, where n is 4 unless the position says otherwise. In each turn one "
        "prize is on offer, worth its number of points; the prizes 1 to n come in random order, each once. Every "
        "player bids one card of its hand for it, not knowing what the others bid, and cannot use that card again. "
        "The highest bid wins the prize; if the highest bid is made by more than one player, nobody gets it. Bids are "
        "never shown: all that is told is who won. The last prize is bid for with the last cards, by itself. Your "
        "score is half of your points less half of the other's. Where the position says that the most points win, it "
        "is instead 1 for who has most points (shared if tied) and -1 shared among the rest, or 0 for all if all tie."
    ),
    variants={
        "standard": Variant(utility=(-4, 4), max_plies=6, parameters=SECRET),
        "most_points": Variant(
            utility=(-1, 1), max_plies=6, split="validation", parameters={**SECRET, "returns_type": "win_loss"}
        ),
        "five_cards": Variant(
            utility=(-6.5, 6.5), max_plies=8, split="heldout", solved=False, parameters={**SECRET, "num_cards": 5}
        ),
        "three_players": Variant(
            utility=(-1, 1),
            max_plies=9,
            split="heldout",
            seats=3,
            solved=False,
            parameters={**SECRET, "players": 3, "returns_type": "win_loss"},
        ),
    },
    scripts=frozenset({"greedy", "oracle"}),
)


class Goofspiel(SpielState):
    """A position. Bids of one turn are made one after another, unseen."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        if name == "json":
            return json.dumps(known)
        return _line(known) if name == "compact" else _prose(known)

    def _known(self, seat: int) -> dict[str, Any]:
        bids, prizes = self._bids(), self._prizes()
        turns = min(map(len, bids))
        winners = [_winner([row[t] for row in bids]) for t in range(turns)]
        pending = bids[seat][turns] if len(bids[seat]) > turns else None
        return {
            "player": seat + 1,
            "players": len(bids),
            "most_points_win": FACTS.variants[self.variant].parameters["returns_type"] == "win_loss",
            "hand": [card for card in self._cards() if card not in bids[seat]],
            "prize": prizes[turns] if self.seat != OVER else None,
            "prizes_to_come": [card for card in self._cards() if card not in prizes],
            "turns": [
                {"prize": prizes[t], "your_bid": bids[seat][t], "won_by": None if w is None else w + 1}
                for t, w in enumerate(winners)
            ],
            "your_secret_bid": pending,
            "player_to_bid": self.seat + 1 if self.seat != OVER else None,
            "points": [sum(prizes[t] for t, w in enumerate(winners) if w == s) for s in range(len(bids))],
            "scores": self.returns() if self.seat == OVER else None,
        }

    def _bids(self) -> list[list[int]]:
        """Each seat's bids in order, the last that is played by itself too."""
        bids: list[list[int]] = [[] for _ in range(self.seats())]
        for step in self.spiel.full_history():
            if step.player >= 0:
                bids[step.player].append(step.action + 1)
        if self.seat == OVER:
            for row in bids:
                row.extend(set(self._cards()) - set(row))
        return bids

    def _prizes(self) -> list[int]:
        """The prizes that have been on offer, in order."""
        prizes = [step.action + 1 for step in self.spiel.full_history() if step.player < 0]
        return prizes + [c for c in self._cards() if c not in prizes] if self.seat == OVER else prizes

    def _cards(self) -> range:
        return range(1, len(self.names) + 1)

    def key(self) -> str:
        steps = self.spiel.full_history()
        return " ".join(f"{'prize ' if step.player < 0 else ''}{step.action + 1}" for step in steps)

    def determinize(self, seat: int, rng: Chance) -> SpielState:
        """Bids of the others that would have had the same winners, each course of them alike in chance."""
        bids = self._bids()
        turns = min(map(len, bids))
        winners = tuple(_winner([row[t] for row in bids]) for t in range(turns))
        pending = tuple(len(row) > turns for row in bids)
        found = worlds(seat, tuple(bids[seat]), winners, pending, len(self.names))
        drawn = found[rng.below(len(found))]
        spiel, at = self.spiel.get_game().new_initial_state(), [0] * len(bids)
        for step in self.spiel.full_history():
            if step.player < 0:
                spiel.apply_action(step.action)
                continue
            spiel.apply_action(drawn[step.player][at[step.player]] - 1)
            at[step.player] += 1
        return self.at(spiel, Chance(rng.word()))


class _Rules(SpielRules):
    state_class = Goofspiel

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        return tuple(str(card + 1) for card in range(game.num_distinct_actions()))


Bids = tuple[tuple[int, ...], ...]


@lru_cache(maxsize=4096)
def worlds(
    seat: int, own: tuple[int, ...], winners: tuple[int | None, ...], pending: tuple[bool, ...], cards: int
) -> list[Bids]:
    """All that the seats may have bid, as `seat` knows its own bids, who won each turn, and who has bid since."""
    found: list[Bids] = [tuple(() for _ in pending)]
    for turn, winner in enumerate(winners):
        found = [
            _with(world, bids)
            for world in found
            for bids in _turn(world, seat, own[turn], cards)
            if _winner(bids) == winner
        ]
    for other in range(len(pending)):
        if pending[other]:
            last = {own[-1]} if other == seat else set(range(1, cards + 1))
            found = [
                (*world[:other], (*world[other], card), *world[other + 1 :])
                for world in found
                for card in sorted(last - set(world[other]))
            ]
    return found


def _turn(world: Bids, seat: int, own: int, cards: int) -> Iterator[tuple[int, ...]]:
    """Every joint bid of a turn in which `seat` bids `own`."""
    deck = range(1, cards + 1)
    return product(*([own] if s == seat else [c for c in deck if c not in past] for s, past in enumerate(world)))


def _with(world: Bids, bids: Sequence[int]) -> Bids:
    return tuple((*past, bid) for past, bid in zip(world, bids, strict=True))


def _winner(bids: Sequence[int]) -> int | None:
    best = max(bids)
    return bids.index(best) if bids.count(best) == 1 else None


def _line(known: dict[str, Any]) -> str:
    past = [f"{t['prize']}:{t['your_bid']}>{t['won_by'] or '-'}" for t in known["turns"]]
    now = [] if known["prize"] is None else [f"{known['prize']}:{known['your_secret_bid'] or '?'}"]
    ending = (
        "/".join(f"{s:+g}" for s in known["scores"]) if known["scores"] else f"player {known['player_to_bid']} to bid"
    )
    return " ".join([str(known["player"]), *past, *now, ending])


def _prose(known: dict[str, Any]) -> str:
    aim = "The most points win." if known["most_points_win"] else "Every point counts."
    lines = [f"Goofspiel with secret bids. You are player {known['player']} of {known['players']}. {aim}"]
    for number, turn in enumerate(known["turns"], 1):
        who = f"player {turn['won_by']} won it" if turn["won_by"] else "the highest bids were equal, nobody won it"
        lines.append(f"Turn {number}: prize {turn['prize']}, you bid {turn['your_bid']}; {who}.")
    lines.append("Points: " + ", ".join(f"player {i} {p}" for i, p in enumerate(known["points"], 1)) + ".")
    if known["scores"]:
        return "\n".join([*lines, f"Over; scores: {', '.join(f'{s:+g}' for s in known['scores'])}."])
    to_come = ", ".join(map(str, known["prizes_to_come"])) or "none"
    lines.append(f"Now on offer: prize {known['prize']}. To come, in random order: {to_come}.")
    lines.append(f"Your hand: {', '.join(map(str, known['hand']))}.")
    if known["your_secret_bid"]:
        lines.append(f"You have bid {known['your_secret_bid']} for it, in secret.")
    lines.append(f"Player {known['player_to_bid']} is to bid.")
    return "\n".join(lines)


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Bids its highest card for a prize above the mean of those left, and its lowest for any other."""
    left = [seen["prize"], *seen["prizes_to_come"]]
    return str(max(seen["hand"]) if seen["prize"] * len(left) > sum(left) else min(seen["hand"]))


def oracle(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Bids the card that stands in its hand where the prize stands among those left: hard to gain much against."""
    left = sorted([seen["prize"], *seen["prizes_to_come"]])
    return str(sorted(seen["hand"])[left.index(seen["prize"])])


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy, "oracle": oracle}
