"""Tiny Hanabi: two players share one score; what the first does tells the second what it holds, if they agree on it."""

import json
import random
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from statistics import fmean
from typing import TYPE_CHECKING, Any

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Facts, Format, State, Variant

if TYPE_CHECKING:
    import pyspiel

THREE_CARDS = "206464092400901010900490460492092109009019210069901029900920900022141020616690699"
"""Its scores in OpenSpiel's order: by card 1, card 2, action 1, action 2, the last changing first."""

FACTS = Facts(
    name="tiny_hanabi",
    title="Tiny Hanabi",
    family="card",
    chance=True,
    hidden=True,
    payoff="cooperative",
    rated=Format(rounds=50),
    engine="openspiel",
    oracle="own",
    perfect_recall=frozenset({"prose", "compact", "json", "table"}),
    how_to_play=(
        "Two players play together for one shared score. Each is dealt one card (A or B; in some variants also C), "
        "each card as likely as any other, and sees only its own. Player 1 chooses an action (1, 2 or 3; in some "
        "variants only 1 or 2); player 2 sees it and then chooses one too. The score of both is read from a table "
        "that both know, by the two cards and the two actions. No other word is exchanged: what player 1 does is all "
        "that player 2 learns of its card."
    ),
    variants={
        "standard": Variant(utility=(0, 10), max_plies=2),
        "two_actions": Variant(
            utility=(0, 9),
            max_plies=2,
            split="validation",
            parameters={"num_actions": 2, "payoff": ";".join("7990710790070050")},
        ),
        "three_cards": Variant(
            utility=(0, 9),
            max_plies=2,
            split="heldout",
            parameters={"num_chance": 3, "payoff": ";".join(THREE_CARDS)},
        ),
    },
    more_views=("table",),
    scripts=frozenset({"greedy", "oracle"}),
)
CARDS = "ABC"
Payoffs = tuple[tuple[tuple[tuple[int, ...], ...], ...], ...]
"""The score by player 1's card, player 2's card, player 1's action, player 2's action."""


class TinyHanabi(SpielState):
    """One deal."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        if name == "json":
            return json.dumps(known)
        if name == "compact":
            ending = [f"{known['score']:g}"] if self.seat == OVER else []
            return " ".join([str(known["player"]), known["card"], *known["actions"], *ending])
        return _table(known) if name == "table" else _prose(known)

    def _known(self, seat: int) -> dict[str, Any]:
        return {
            "player": seat + 1,
            "card": CARDS[self.spiel.full_history()[seat].action],
            "actions": self.moves(),
            "score": self.returns()[0] if self.seat == OVER else None,
            "payoffs": payoffs(self.variant),
        }

    def determinize(self, seat: int, rng: Chance) -> SpielState:
        """Another card for the partner; once over, among those that give the score that was seen."""
        played = [step.action for step in self.spiel.full_history()]
        worlds: list[pyspiel.State] = []
        for card in range(len(payoffs(self.variant))):
            spiel = self.spiel.get_game().new_initial_state()
            for action in [*((played[0], card) if seat == 0 else (card, played[1])), *played[2:]]:
                spiel.apply_action(action)
            if self.seat != OVER or spiel.returns() == self.spiel.returns():
                worlds.append(spiel)
        return self.at(worlds[rng.below(len(worlds))], Chance(rng.word()))


class _Rules(SpielRules):
    state_class = TinyHanabi

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        return tuple(str(action + 1) for action in range(game.num_distinct_actions()))

    def action_values(self, state: State) -> dict[str, float]:
        """The expected score of each action, given what the seat knows, when the partner keeps to the best plan."""
        view: dict[str, Any] = json.loads(state.view(state.seat, "json"))
        return dict(zip(state.names, worths(payoffs(state.variant), view), strict=True))


@lru_cache
def payoffs(variant: str) -> Payoffs:
    """The table of a variant, read off by playing every course of it."""
    game = RULES.game(variant)
    actions, cards = range(game.num_distinct_actions()), range(game.max_chance_outcomes())

    def score(*steps: int) -> int:
        spiel = game.new_initial_state()
        for step in steps:
            spiel.apply_action(step)
        return int(spiel.returns()[0])

    return tuple(tuple(tuple(tuple(score(c, d, a, b) for b in actions) for a in actions) for d in cards) for c in cards)


def worths(table: Payoffs, seen: Mapping[str, Any]) -> list[float]:
    """What each action is worth to a seat by what it has seen, when both keep to the best plan otherwise."""
    first, second = plan(table)
    card, cards, actions = CARDS.index(seen["card"]), range(len(table)), range(len(table[0][0]))
    if not seen["actions"]:
        return [fmean(table[card][d][a][second[d, a]] for d in cards) for a in actions]
    told = int(seen["actions"][0]) - 1
    return _replies(table, _meant(first, told), card, told)


@lru_cache
def plan(table: Payoffs) -> tuple[tuple[int, ...], Mapping[tuple[int, int], int]]:
    """The best joint policy, by trying every one: player 1's action by card, player 2's by card and action seen.

    Of equally good ones it is the first in order. After an action that the plan never takes, player 2 takes player 1's
    cards to be equally likely.
    """
    cards, actions = range(len(table)), range(len(table[0][0]))
    best, found = -1.0, None
    for first in product(actions, repeat=len(cards)):
        second = {(d, a): _best(_replies(table, _meant(first, a), d, a)) for d in cards for a in actions}
        value = fmean(table[c][d][first[c]][second[d, first[c]]] for c in cards for d in cards)
        if value > best:
            best, found = value, (first, second)
    assert found is not None
    return found


def _meant(first: Sequence[int], action: int) -> list[int]:
    """The cards with which player 1 takes an action; all of them where it never does."""
    return [card for card, taken in enumerate(first) if taken == action] or list(range(len(first)))


def _replies(table: Payoffs, held: Sequence[int], card: int, told: int) -> list[float]:
    """The expected score of each of player 2's actions, player 1 holding one of `held`."""
    return [fmean(table[c][card][told][b] for c in held) for b in range(len(table[0][0][0]))]


def _best(values: Sequence[float]) -> int:
    return max(range(len(values)), key=values.__getitem__)


def greedy(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Plays as if the other saw both cards, and reads nothing into what the other did."""
    table, card = seen["payoffs"], CARDS.index(seen["card"])
    cards = range(len(table))
    if seen["actions"]:
        return legal[_best(_replies(table, cards, card, int(seen["actions"][0]) - 1))]
    return legal[_best([fmean(max(table[card][d][a]) for d in cards) for a in range(len(legal))])]


def oracle(seen: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Keeps to the best plan."""
    told: list[list[list[list[int]]]] = seen["payoffs"]
    frozen = tuple(tuple(tuple(tuple(row) for row in plane) for plane in block) for block in told)
    return legal[_best(worths(frozen, seen))]


def _table(known: dict[str, Any]) -> str:
    done = f"player 1 did {known['actions'][0]}" if known["actions"] else "nobody has acted"
    if known["score"] is not None:
        done += f", player 2 did {known['actions'][1]}; shared score {known['score']:g}"
    head = f"You are player {known['player']}, card {known['card']}; {done}."
    return "\n".join([head, *_rows(known["payoffs"])])


def _rows(table: Payoffs) -> list[str]:
    actions = range(len(table[0][0]))
    head = "cards  1 does  2 does" + "".join(f"{b + 1:>4}" for b in actions)
    return [head] + [
        f"{CARDS[c]} {CARDS[d]}    {a + 1:<15}" + "".join(f"{score:>4}" for score in table[c][d][a])
        for c, d, a in product(range(len(table)), range(len(table)), actions)
    ]


def _prose(known: dict[str, Any]) -> str:
    actions, partner = known["actions"], 3 - known["player"]
    lines = [
        f"Tiny Hanabi. You are player {known['player']} and hold card {known['card']}; you do not see the card of "
        f"player {partner}, your partner. You share one score."
    ]
    lines += [f"Player {i} took action {action}." for i, action in enumerate(actions, 1)]
    if known["score"] is not None:
        return "\n".join([*lines, f"Over; you both score {known['score']:g}."])
    lines.append(f"Player {len(actions) + 1} is to act. The first card below is player 1's, the second player 2's:")
    return "\n".join([*lines, *_rows(known["payoffs"])])


RULES = _Rules(FACTS)
RULES.scripts = {"greedy": greedy, "oracle": oracle}
