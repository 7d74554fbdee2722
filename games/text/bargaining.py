"""Bargaining over three types of items with private values: agree in ten turns, or nobody gets anything."""

import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from math import prod
from typing import Any

from arena.core.chance import Chance
from games.rules import OVER, Facts, Format, Rules, State, TextState, Variant

FACTS = Facts(
    name="bargaining",
    title="Bargaining",
    family="text",
    chance=True,
    hidden=True,
    payoff="general_sum",
    rated=Format(rounds=10),
    oracle="own",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    text=True,
    scripts=frozenset({"greedy", "oracle"}),
    how_to_play=(
        "Two players divide a pool of books, hats and balls. Each has private values for one book, one hat and one "
        "ball: whole numbers, such that the whole pool is worth exactly 10 to each. Every type is worth something to "
        "at least one player, and some type to both. In turn, you say `offer B,H,T`: you would take B books, H hats "
        "and T balls, and the other player all the rest; or `agree` to the other player's last offer. You may add a "
        "message after ` | `, for example `offer 1,0,2 | the hats are yours`: 1 to 300 printable characters, no blank "
        "at either end; it binds nobody. After an agreement each scores the worth of its own items. If nobody has "
        "agreed when the turns are over (10 in all; 4 in the variant four_turns), both score 0."
    ),
    variants={
        "standard": Variant(utility=(0, 10), max_plies=10, parameters={"least": 5, "most": 6}),
        "other_pools": Variant(utility=(0, 10), max_plies=10, split="heldout", parameters={"least": 7, "most": 7}),
        "four_turns": Variant(utility=(0, 10), max_plies=4, split="heldout", parameters={"least": 5, "most": 6}),
    },
)
ITEMS = ("books", "hats", "balls")
WORTH = 10
MESSAGE = 300
SURE = 0.6
MOVE = re.compile(r"(agree|offer ([0-9]),([0-9]),([0-9]))(?: \| (.*))?", re.ASCII)

Items = tuple[int, ...]
"""Three numbers, of books, hats and balls: of items, or of what one of them is worth."""


class Bargaining(TextState):
    """One pool. `values` are both seats' private ones, `played` the moves as they were typed."""

    __slots__ = ("played", "pool", "values")

    def __init__(self, rules: Rules, variant: str, deal: tuple[Items, Items, Items], played: Sequence[str]) -> None:
        self.rules, self.variant = rules, variant
        self.pool: Items = deal[0]
        self.values: tuple[Items, Items] = deal[1], deal[2]
        self.played = list(played)
        self._settle()

    def _settle(self) -> None:
        turns = len(self.played)
        agreed = turns > 0 and self.played[-1].startswith("agree")
        over = agreed or turns == self.rules.facts.variants[self.variant].max_plies
        self.turn(OVER if over else turns % 2, () if over else offers(self.pool, pending=turns > 0))

    def accepts(self, action: str) -> bool:
        if self.seat == OVER or len(action) > MESSAGE + 20:
            return False
        found = MOVE.fullmatch(action)
        if found is None or found[1] not in self.ids:
            return False
        message = found[5]
        if message is None:
            return True
        return 0 < len(message) <= MESSAGE and message.isprintable() and message == message.strip()

    def play(self, action: str) -> None:
        self.played.append(action)
        self._settle()

    def returns(self) -> list[float]:
        if not self.played or not self.played[-1].startswith("agree"):
            return [0.0, 0.0]
        offerer = len(self.played) % 2
        kept = taken(self.played[-2])
        shares = {offerer: kept, 1 - offerer: rest(self.pool, kept)}
        return [float(worth(self.values[seat], shares[seat])) for seat in range(2)]

    def moves(self) -> list[str]:
        return list(self.played)

    def key(self) -> str:
        return f"{self.pool} {self.values} {self.played}"

    def clone(self) -> "Bargaining":
        return self._with(self.values[0], self.values[1])

    def determinize(self, seat: int, rng: Chance) -> "Bargaining":
        own = self.values[seat]
        theirs = list(rivals(self.pool, own))
        if self.seat == OVER:  # then the scores have told what the other's share was worth
            theirs = [v for v in theirs if self._scores(seat, v) == self.returns()]
        other = theirs[rng.below(len(theirs))]
        return self._with(own, other) if seat == 0 else self._with(other, own)

    def _scores(self, seat: int, other: Items) -> list[float]:
        values = (self.values[seat], other)
        return self._with(values[seat], values[1 - seat]).returns()

    def _with(self, first: Items, second: Items) -> "Bargaining":
        return Bargaining(self.rules, self.variant, (self.pool, first, second), self.played)

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        if name == "json":
            return json.dumps(known)
        if name == "compact":
            pool, own = (",".join(map(str, known[k])) for k in ("pool", "values"))
            scores = f" scores {'/'.join(f'{s:g}' for s in known['scores'])}" if known["scores"] else ""
            said = json.dumps(self.played)
            return f"{seat + 1} pool {pool} values {own} of {known['turns']}: {said}{scores}"
        return "\n".join(self._told(known))

    def _known(self, seat: int) -> dict[str, Any]:
        """What the seat knows. Each move is in an envelope: the speaker is the arena's word, the rest the player's."""
        return {
            "you": seat + 1,
            "pool": list(self.pool),
            "values": list(self.values[seat]),
            "turns": self.rules.facts.variants[self.variant].max_plies,
            "said": [_envelope(turn, text) for turn, text in enumerate(self.played)],
            "scores": self.returns() if self.seat == OVER else None,
        }

    def _told(self, known: dict[str, Any]) -> Iterator[str]:
        seat = int(known["you"]) - 1
        yield f"Bargaining. You are player {seat + 1} of 2."
        yield f"The pool: {_counted(self.pool)}."
        yield f"To you one is worth: {', '.join(f'{n} {v}' for n, v in zip(ITEMS, self.values[seat], strict=True))}."
        for said in known["said"]:
            yield json.dumps(said)
        if known["scores"]:
            agreed = known["said"][-1]["move"] == "agree"
            scores = ", ".join(f"{s:g}" for s in known["scores"])
            yield f"{'Agreed' if agreed else 'No agreement in time'}; scores: {scores}."
            return
        if self.played:
            kept = taken(self.played[-1])
            mine = kept if (len(self.played) - 1) % 2 == seat else rest(self.pool, kept)
            yield f"The last offer would leave you {_counted(mine)}: worth {worth(self.values[seat], mine)}."
        whose = "yours" if self.seat == seat else "the other player's"
        yield f"Turn {len(self.played) + 1} of {known['turns']}: {whose}."


class _Rules(Rules):
    facts = FACTS

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        self.check_variant(variant)
        return ()

    def start(self, seed: int, variant: str = "standard") -> Bargaining:
        drawn = self.check_variant(variant).parameters
        chance = Chance(seed)
        pools = _pools(int(drawn["least"]), int(drawn["most"]))
        pool = pools[chance.below(len(pools))]
        pairs = _pairs(pool)
        return Bargaining(self, variant, (pool, *pairs[chance.below(len(pairs))]), [])

    def action_values(self, state: State) -> dict[str, float]:
        """Expected scores against the simple rival of `expected`, from the seat's own view."""
        return expected(json.loads(state.view(state.seat, "json")))


def expected(view: Mapping[str, Any]) -> dict[str, float]:
    """What each move is worth to the seat to move, if the other player is this simple one.

    Its values are any that the seat cannot exclude, weighted by one plus their worth of each share it has asked for.
    With n turns to come after an offer, it agrees with probability `SURE` to what is worth at least n to it (8 at the
    most); else it asks for everything it values, to which the seat agrees, or offers again.
    """
    pool, own, said = tuple(view["pool"]), tuple(view["values"]), view["said"]
    asked = [taken(e["move"]) for e in said if e["player"] != view["you"]]
    others = {v: float(prod(1 + worth(v, share) for share in asked)) for v in rivals(pool, own)}
    total = sum(others.values())
    left = view["turns"] - len(said) - 1
    worths = _offers_worth(pool, own, {v: w / total for v, w in others.items()}, left)
    if said:
        worths["agree"] = float(worth(own, rest(pool, taken(said[-1]["move"]))))
    return worths


def _offers_worth(pool: Items, own: Items, others: Mapping[Items, float], left: int) -> dict[str, float]:
    """Expected score of each offer with `left` turns to come: backward induction, beliefs as they are now."""
    if left <= 0:
        return dict.fromkeys(offers(pool, pending=False), 0.0)
    later = max(_offers_worth(pool, own, others, left - 2).values())
    # Refused, it asks for all that it values: the seat then agrees to what is left, or makes its next offer.
    refused = {v: max(_spared(pool, own, v), later) if left > 1 else 0.0 for v in others}
    wants = min(left, 8)
    found: dict[str, float] = {}
    for offer in offers(pool, pending=False):
        kept = taken(offer)
        mine, theirs = worth(own, kept), rest(pool, kept)
        agrees = {v: SURE if worth(v, theirs) >= wants else 0.0 for v in others}
        found[offer] = sum(p * (agrees[v] * mine + (1 - agrees[v]) * refused[v]) for v, p in others.items())
    return found


def _spared(pool: Items, own: Items, other: Items) -> int:
    """What is left for the seat when the other takes all that it values."""
    return sum(count * value for count, value, theirs in zip(pool, own, other, strict=True) if not theirs)


@cache
def offers(pool: Items, *, pending: bool) -> tuple[str, ...]:
    """Every move without a message: every division, and `agree` where there is something to agree to."""
    divisions = product(*(range(count + 1) for count in pool))
    return (*(["agree"] if pending else []), *(f"offer {','.join(map(str, kept))}" for kept in divisions))


@cache
def _pools(least: int, most: int) -> tuple[Items, ...]:
    """Pools of at least one and at most four items of each type, by how many items there are."""
    return tuple(p for p in product(range(1, 5), repeat=3) if least <= sum(p) <= most)


@cache
def rivals(pool: Items, own: Items) -> tuple[Items, ...]:
    """The values that the other player may have, all equally likely."""
    return tuple(v for v in _vectors(pool) if all(map(max, zip(own, v, strict=True))) and worth(own, v))


@cache
def _pairs(pool: Items) -> tuple[tuple[Items, Items], ...]:
    return tuple((own, other) for own in _vectors(pool) for other in rivals(pool, own))


@cache
def _vectors(pool: Items) -> tuple[Items, ...]:
    return tuple(v for v in product(range(WORTH + 1), repeat=len(pool)) if worth(v, pool) == WORTH)


def worth(values: Items, items: Items) -> int:
    """What the items are worth."""
    return sum(value * count for value, count in zip(values, items, strict=True))


def rest(pool: Items, kept: Items) -> Items:
    """What is left of the pool."""
    return tuple(count - some for count, some in zip(pool, kept, strict=True))


def taken(move: str) -> Items:
    """What the one who makes this offer would keep."""
    return tuple(int(count) for count in move.partition(" | ")[0].removeprefix("offer ").split(","))


def _envelope(turn: int, text: str) -> dict[str, Any]:
    move, _, message = text.partition(" | ")
    return {"player": turn % 2 + 1, "move": move, **({"message": message} if message else {})}


def _counted(items: Items) -> str:
    return ", ".join(f"{name} {count}" for count, name in zip(items, ITEMS, strict=True))


def _greedy(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Asks for everything it values, and agrees only to that, or in its last turn to anything worth something."""
    pool, own, said = tuple(view["pool"]), tuple(view["values"]), view["said"]
    given = worth(own, rest(pool, taken(said[-1]["move"]))) if said else 0
    last = len(said) + 2 >= view["turns"]
    if given == WORTH or (last and given):
        return "agree"
    return f"offer {','.join(str(count if value else 0) for count, value in zip(pool, own, strict=True))}"


def _oracle(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """The move of highest expected score; of equal ones, `agree` and then the one that leaves the other more items."""
    worths = expected(view)
    return max(legal, key=lambda move: (round(worths[move], 9), move == "agree", -sum(_asked(move))))


def _asked(move: str) -> Items:
    return () if move == "agree" else taken(move)


RULES = _Rules()
RULES.scripts = {"greedy": _greedy, "oracle": _oracle}
