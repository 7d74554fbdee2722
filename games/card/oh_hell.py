"""Oh hell with few cards: say how many tricks you will take, then take just so many. Four players, each for itself."""

import json
import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, Variant

if TYPE_CHECKING:
    import pyspiel


def _deck(players: int, ranks: int) -> dict[str, int | str | bool]:
    return {"players": players, "num_suits": 4, "num_cards_per_suit": ranks, "num_tricks_fixed": 3}


FACTS = Facts(
    name="oh_hell",
    title="Oh hell",
    family="card",
    chance=True,
    hidden=True,
    payoff="general_sum",
    rated=Format(rounds=30),
    engine="openspiel",
    oracle="search",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    how_to_play=(
        "The deck has the four suits c, d, s and h, each with the ranks from 2 up to 7, unless the position says "
        "otherwise. Each player is dealt three cards that only it sees. One more card is turned "
        "up: its suit is trump, and the card stays out of play. From the player after the dealer on, each says once "
        "how many tricks it will take (`bid-2`); the dealer, who bids last, may not make the bids add up to the number "
        "of tricks. Then the player after the dealer leads a card (`7h` is the seven of h), and the others follow in "
        "turn: with a card of the suit that was led if they hold one, else with any card. The highest trump takes the "
        "trick, or, if there is no trump in it, the highest card of the suit that was led; who takes it leads next. In "
        "the end you score 1 for each trick you took, and 10 more if you took exactly as many as you bid."
    ),
    variants={
        "standard": Variant(utility=(0, 13), max_plies=16, seats=4, parameters=_deck(4, 6)),
        "three_players": Variant(utility=(0, 13), max_plies=12, seats=3, split="validation", parameters=_deck(3, 6)),
        "eight_ranks": Variant(utility=(0, 13), max_plies=16, seats=4, split="heldout", parameters=_deck(4, 8)),
    },
    scripts=frozenset({"greedy", "oracle"}),
)
SUITS = "cdsh"
RANKS = "23456789"


class OhHell(SpielState):
    """One deal."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        if name == "json":
            return json.dumps(known)
        return _line(known) if name == "compact" else _prose(known)

    def _known(self, seat: int) -> dict[str, Any]:
        dealer, trump, hands = self._deal()
        names, n = self.names, self.seats()
        played = [(step.player, names[step.action]) for step in self.spiel.full_history() if step.player >= 0]
        tricks = [played[i : i + n] for i in range(n, len(played), n)]
        told = [
            {"leader": trick[0][0] + 1, "cards": [c for _, c in trick], "won_by": taker(trick, trump[1]) + 1}
            for trick in tricks
            if len(trick) == n
        ]
        bids = dict(played[:n])
        return {
            "player": seat + 1,
            "players": n,
            "dealer": dealer + 1,
            "trump_card": trump,
            "highest_rank": names[len(names) - len(hands[0]) - 2][0],
            "hand": [card for card in hands[seat] if (seat, card) not in played],
            "bids": [int(bids[p][4:]) if p in bids else None for p in range(n)],
            "tricks_taken": [sum(t["won_by"] == p + 1 for t in told) for p in range(n)],
            "past_tricks": told,
            "trick": [[p + 1, card] for p, card in tricks[-1]] if tricks and len(tricks[-1]) < n else [],
            "player_to_act": self.seat + 1 if self.seat != OVER else None,
            "scores": [int(score) for score in self.spiel.returns()] if self.seat == OVER else None,
        }

    def _deal(self) -> tuple[int, str, list[list[str]]]:
        """The dealer, the card turned up, and the hands, sorted by suit and rank."""
        _, dealer, *cards, trump = [step.action for step in self.spiel.full_history() if step.player < 0]
        n, names = self.seats(), self.names
        hands = [sorted((c for c in cards[p::n]), key=lambda c: (c % len(SUITS), c)) for p in range(n)]
        return dealer, names[trump], [[names[c] for c in hand] for hand in hands]

    def key(self) -> str:
        dealer, trump, hands = self._deal()
        return f"{dealer} {trump} {'|'.join(','.join(hand) for hand in hands)} {' '.join(self.moves())}"

    def determinize(self, seat: int, rng: Chance) -> SpielState:
        """Hidden cards dealt anew, alike in chance, but that nobody gets a suit that it has shown not to have."""
        steps, n, ids = self.spiel.full_history(), self.seats(), self.ids
        dealt = [step.action for step in steps if step.player < 0]
        plays = [(step.player, step.action) for step in steps if step.player >= 0][n:]
        gone = {card for _, card in plays}
        held = [[c for c in dealt[2 + p : -1 : n] if c not in gone] for p in range(n)]
        pool = [i for i in range(self._cards()) if i not in gone and i != dealt[-1] and i not in held[seat]]
        others = [p for p in range(n) if p != seat]
        barred = tuple(frozenset(SUITS.index(s) for s in self._shown_void(p)) for p in others)
        given = redeal(pool, tuple(len(held[p]) for p in others), barred, rng)
        for player, hand in zip(others, given, strict=True):
            held[player] = hand
        hands = [[card for p, card in plays if p == player] + held[player] for player in range(n)]
        spiel = self.spiel.get_game().new_initial_state()
        dealing = [card for cards in zip_longest(*hands) for card in cards]
        for action in [*dealt[:2], *dealing, dealt[-1], *(ids[move] for move in self.moves())]:
            spiel.apply_action(action)
        return self.at(spiel, Chance(rng.word()))

    def _cards(self) -> int:
        return len(SUITS) * int(FACTS.variants[self.variant].parameters["num_cards_per_suit"])

    def _shown_void(self, player: int) -> set[str]:
        """Suits that a player has not followed."""
        n = self.seats()
        cards = [(s.player, self.names[s.action]) for s in self.spiel.full_history() if s.player >= 0][n:]
        led = [(p, card[1], cards[i - i % n][1][1]) for i, (p, card) in enumerate(cards)]
        return {lead for p, suit, lead in led if p == player and suit != lead}


class _Rules(SpielRules):
    state_class = OhHell

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        cards = game.max_chance_outcomes()
        bids = game.num_distinct_actions() - cards
        names = (RANKS[c // len(SUITS)] + SUITS[c % len(SUITS)] for c in range(cards))
        return (*names, *(f"bid-{b}" for b in range(bids)))


def taker(trick: Sequence[tuple[int, str]], trump: str) -> int:
    """Who takes a trick, or would if nobody played on: of (player, card) pairs, the lead first."""
    lead = trick[0][1][1]
    return max(trick, key=lambda play: _height(play[1], lead, trump))[0]


def _height(card: str, lead: str, trump: str) -> tuple[int, int]:
    rank, suit = RANKS.index(card[0]), card[1]
    return (2 if suit == trump else 1 if suit == lead else 0), rank


def redeal(
    pool: Sequence[int], needs: tuple[int, ...], barred: tuple[frozenset[int], ...], rng: Chance
) -> list[list[int]]:
    """Hands of those sizes from the pool, none with a barred suit; each such deal has the same probability."""
    cards = sorted(pool, key=lambda card: card % len(SUITS))
    counts = tuple(sum(c % len(SUITS) == suit for c in cards) for suit in range(len(SUITS)))
    hands: list[list[int]] = [[] for _ in needs]
    while any(needs):
        card = cards.pop()
        options = _options(counts, needs, barred)
        at = rng.below(sum(ways for _, _, ways in options))
        for player, (_, left, ways) in enumerate(options, -1):
            if 0 <= at < ways:
                needs = left
                if player >= 0:
                    hands[player].append(card)
            at -= ways
        counts = _less(counts, card % len(SUITS))
    return hands


def _options(
    counts: tuple[int, ...], needs: tuple[int, ...], barred: tuple[frozenset[int], ...]
) -> list[tuple[int, tuple[int, ...], int]]:
    """Where the next card may go (-1: to nobody, and then to each player): what is needed then, in how many ways."""
    suit = max(s for s, count in enumerate(counts) if count)
    after = _less(counts, suit)
    found = [(-1, needs, _ways(after, needs, barred))]
    for player, need in enumerate(needs):
        left = _less(needs, player)
        fits = need > 0 and suit not in barred[player]
        found.append((player, left, _ways(after, left, barred) if fits else 0))
    return found


@lru_cache(maxsize=200_000)
def _ways(counts: tuple[int, ...], needs: tuple[int, ...], barred: tuple[frozenset[int], ...]) -> int:
    if not any(needs):
        return 1
    if sum(counts) < sum(needs):
        return 0
    return sum(ways for _, _, ways in _options(counts, needs, barred))


def _less(counts: tuple[int, ...], at: int) -> tuple[int, ...]:
    return (*counts[:at], counts[at] - 1, *counts[at + 1 :])


def _line(known: dict[str, Any]) -> str:
    played = [f"{t['leader']}:{'/'.join(t['cards'])}" for t in known["past_tricks"]]
    if known["trick"]:
        played.append(f"{known['trick'][0][0]}:{'/'.join(card for _, card in known['trick'])}")
    bids = "".join("-" if b is None else str(b) for b in known["bids"])
    ending = ["+".join(map(str, known["scores"]))] if known["scores"] else []
    head = f"{known['player']} d{known['dealer']} t{known['trump_card']} {','.join(known['hand']) or '-'} b{bids}"
    return " ".join([head, *played, *ending])


def _prose(known: dict[str, Any]) -> str:
    bids = [f"player {p} bid {bid}" for p, bid in enumerate(known["bids"], 1) if bid is not None]
    lines = [
        f"Oh hell. You are player {known['player']} of {known['players']}; player {known['dealer']} dealt. Ranks go "
        f"from 2 to {known['highest_rank']}. The card turned up is {known['trump_card']}, so suit "
        f"{known['trump_card'][1]} is trump.",
        f"Bids: {', '.join(bids) or 'none yet'}.",
    ]
    for number, trick in enumerate(known["past_tricks"], 1):
        cards = ", ".join(trick["cards"])
        lines.append(f"Trick {number}, led by player {trick['leader']}: {cards}. Player {trick['won_by']} took it.")
    if known["trick"]:
        cards = ", ".join(f"player {p} {card}" for p, card in known["trick"])
        lines.append(f"Trick {len(known['past_tricks']) + 1} so far: {cards}.")
    taken = ", ".join(f"player {p} {t}" for p, t in enumerate(known["tricks_taken"], 1))
    lines.append(f"Tricks taken: {taken}.")
    if known["scores"]:
        return "\n".join([*lines, f"Over; scores: {', '.join(map(str, known['scores']))}."])
    return "\n".join([*lines, f"Your hand: {', '.join(known['hand'])}.", f"Player {known['player_to_act']} is to act."])


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Bids its high trumps and top cards, then plays high while it wants tricks and low when it has them."""
    trump, top = seen["trump_card"][1], seen["highest_rank"]
    if legal[0].startswith("bid"):
        return _nearest_bid(sum(card[1] == trump or card[0] == top for card in seen["hand"]), legal)
    wants = seen["bids"][seen["player"] - 1] > seen["tricks_taken"][seen["player"] - 1]
    ranked = sorted(legal, key=lambda card: _height(card, "", trump))
    return ranked[-1] if wants else ranked[0]


def oracle(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Bids what its cards are likely to take; wins as cheaply as it can while it wants to, else sheds high cards."""
    if legal[0].startswith("bid"):
        return _nearest_bid(sum(_worth(card, seen) for card in seen["hand"]), legal)
    me, trump = seen["player"], seen["trump_card"][1]
    needs = seen["bids"][me - 1] - seen["tricks_taken"][me - 1]
    ranked = sorted(legal, key=lambda card: _worth(card, seen))
    if not seen["trick"]:
        # To lead, one's surest card where a trick is wanted, else the one least likely to take it.
        return ranked[-1] if needs > 0 else ranked[0]
    winning = [card for card in ranked if taker([*map(tuple, seen["trick"]), (me, card)], trump) == me]
    losing = [card for card in ranked if card not in winning]
    last = len(seen["trick"]) == seen["players"] - 1
    if needs > 0:
        if winning:
            return winning[0] if last else winning[-1]
        return losing[0]
    return losing[-1] if losing else winning[-1 if last else 0]


def _nearest_bid(expected: float, legal: Sequence[str]) -> str:
    return min(legal, key=lambda bid: abs(int(bid[4:]) - expected))


def _worth(card: str, seen: Mapping[str, Any]) -> float:
    """Roughly the probability that a card takes a trick, by the cards not seen that beat it."""
    trump, top = seen["trump_card"][1], RANKS.index(seen["highest_rank"])
    gone = {c for t in seen["past_tricks"] for c in t["cards"]} | {c for _, c in seen["trick"]}
    gone |= {seen["trump_card"], *seen["hand"]}
    above = sum(rank + card[1] not in gone for rank in RANKS[RANKS.index(card[0]) + 1 : top + 1])
    trumps = 0 if card[1] == trump else sum(rank + trump not in gone for rank in RANKS[: top + 1])
    return SURER**above * TRUMPED**trumps


SURER = 0.5
"""How much less likely a card is to take a trick for each unseen higher one of its suit."""
TRUMPED = 0.75
"""The same, for each unseen trump."""

RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy, "oracle": oracle}
