"""Countdown numbers: a target, six numbers, one sealed arithmetic answer each; the nearest answer wins."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from arena.core.chance import Chance
from games.expressions import best, steps, value
from games.rules import OVER, Facts, Format, Rules, State, TextState, Variant

FACTS = Facts(
    name="countdown",
    title="Countdown numbers",
    family="text",
    chance=True,
    hidden=True,
    simultaneous=True,
    payoff="zero_sum",
    rated=Format(rounds=5),
    oracle="own",
    perfect_recall=frozenset({"prose", "compact", "json"}),
    text=True,
    scripts=frozenset({"greedy", "oracle"}),
    how_to_play=(
        "Six numbers and a target are drawn. Every player answers once, without seeing the others' answers, with one "
        "arithmetic expression that comes as near to the target as possible. It may use + - * / and parentheses, and "
        "each of the six numbers at most once (a number drawn twice, twice). Every step must give a positive whole "
        "number: no zero, no fraction, no minus sign in front. * and / bind before + and -. At most "
        "200 characters, no blank at either end and at most one between two signs; for example (25-4)*6+3. Nearer to "
        "the target wins 1 from each player who is farther away; equally near is a draw."
    ),
    variants={
        "standard": Variant(utility=(-1, 1), max_plies=2, parameters={"large": "25 50 75 100", "small": 10}),
        "other_numbers": Variant(
            utility=(-1, 1), max_plies=2, split="heldout", parameters={"large": "15 36 64 85", "small": 14}
        ),
        "four_seats": Variant(
            utility=(-3, 3), max_plies=4, split="heldout", seats=4, parameters={"large": "20 40 60 80", "small": 12}
        ),
    },
)
LARGE, SMALL = 2, 4
"""How many numbers are drawn from the large ones (each there once) and from 1 to `small` (each there twice)."""
SHOWN = 10


class Countdown(TextState):
    """One deal. Answers are sealed until the last is given."""

    __slots__ = ("answers", "numbers", "target")

    def __init__(self, rules: Rules, variant: str, deal: tuple[tuple[int, ...], int], answers: Sequence[str]) -> None:
        self.rules, self.variant = rules, variant
        self.numbers, self.target = deal
        self.answers = list(answers)
        self._settle()

    def _settle(self) -> None:
        over = len(self.answers) == self.rules.facts.variants[self.variant].seats
        self.turn(OVER if over else len(self.answers), () if over else offers(self.numbers, self.target))

    def accepts(self, action: str) -> bool:
        return self.seat != OVER and value(action, self.numbers) is not None

    def play(self, action: str) -> None:
        self.answers.append(action)
        self._settle()

    def returns(self) -> list[float]:
        if self.seat != OVER:
            return [0.0] * self.rules.facts.variants[self.variant].seats
        off = [abs((value(answer, self.numbers) or 0) - self.target) for answer in self.answers]
        return [float(sum(other > own for other in off) - sum(other < own for other in off)) for own in off]

    def moves(self) -> list[str]:
        return list(self.answers)

    def key(self) -> str:
        return f"{self.numbers} {self.target} {self.answers}"

    def clone(self) -> "Countdown":
        return Countdown(self.rules, self.variant, (self.numbers, self.target), self.answers)

    def determinize(self, seat: int, rng: Chance) -> "Countdown":
        copy = self.clone()
        if self.seat != OVER:
            copy.answers = [a if i == seat else _any_answer(self, rng) for i, a in enumerate(self.answers)]
        return copy

    def view(self, seat: int, name: str) -> str:
        self.rules.check_view(name)
        known = self._known(seat)
        if name == "json":
            return json.dumps(known)
        if name == "compact":
            said = ", ".join("?" if a is None else a for a in known["answers"])
            over = f" scores {'/'.join(f'{s:+g}' for s in known['scores'])}" if known["scores"] else ""
            return f"{seat + 1} {' '.join(map(str, self.numbers))} = {self.target}: {said}{over}"
        return "\n".join(self._told(known))

    def _known(self, seat: int) -> dict[str, Any]:
        over = self.seat == OVER
        shown = [answer if over or i == seat else None for i, answer in enumerate(self.answers)]
        return {
            "you": seat + 1,
            "numbers": list(self.numbers),
            "target": self.target,
            "answers": shown,
            "values": [a and value(a, self.numbers) for a in shown],
            "scores": self.returns() if over else None,
        }

    def _told(self, known: dict[str, Any]) -> Iterator[str]:
        seats = len(self.returns())
        yield f"Countdown numbers. You are player {known['you']} of {seats}."
        yield f"Numbers: {', '.join(map(str, self.numbers))}. Target: {self.target}."
        for player, (answer, made) in enumerate(zip(known["answers"], known["values"], strict=True), 1):
            who = "You" if player == known["you"] else f"Player {player}"
            said = f"answered {answer} = {made}, off by {abs(made - self.target)}" if answer else "answered, sealed"
            yield f"{who} {said}."
        if known["scores"]:
            yield f"The round is over; scores: {', '.join(f'{s:+g}' for s in known['scores'])}."
        elif self.seat + 1 == known["you"]:
            yield "Answer with one expression."


class _Rules(Rules):
    facts = FACTS

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        self.check_variant(variant)
        return ()

    def start(self, seed: int, variant: str = "standard") -> Countdown:
        drawn = self.check_variant(variant).parameters
        chance = Chance(seed)
        large = _draw([int(n) for n in str(drawn["large"]).split()], LARGE, chance)
        small = _draw([n for n in range(1, int(drawn["small"]) + 1) for _ in range(2)], SMALL, chance)
        return Countdown(self, variant, ((*large, *small), 101 + chance.below(899)), [])

    def action_values(self, state: State) -> dict[str, float]:
        """Exact where all others answer as well as can be: the offers, and one of the best answers of all."""
        assert isinstance(state, Countdown)
        top = best(state.numbers, state.target)
        off = {text: abs((value(text, state.numbers) or 0) - state.target) for text in (*state.legal(), top)}
        others = len(state.returns()) - 1
        return {text: 0.0 if off[text] == off[top] else -float(others) for text in off}


@lru_cache(maxsize=4096)
def offers(numbers: tuple[int, ...], target: int) -> tuple[str, ...]:
    """Answers of all qualities: the numbers alone, the nearest of one step and the nearest of two, nearest last."""
    alone = [(n, str(n), 1 << i) for i, n in enumerate(numbers)]
    once = _joined(alone, alone, target)
    twice = _joined([(v, f"({text})", mask) for v, text, mask in once], alone, target)
    found = [*alone, *once[SHOWN - 1 :: -1], *twice[SHOWN - 1 :: -1]]
    return tuple(dict.fromkeys(text for _, text, _ in found))


def _joined(
    some: list[tuple[int, str, int]], others: list[tuple[int, str, int]], target: int
) -> list[tuple[int, str, int]]:
    """One step from each of `some` with each of `others` that shares no number with it, nearest to the target first."""
    made = {
        made: (left, sign, right)
        for one in some
        for other in others
        if not one[2] & other[2]
        for left, right in ((one, other), (other, one))
        for made, sign in steps(left[0], right[0])
    }
    near = sorted(made, key=lambda v: (abs(v - target), v))
    return [(v, f"{a[1]}{sign}{b[1]}", a[2] | b[2]) for v in near for a, sign, b in (made[v],)]


def _draw(pool: list[int], count: int, chance: Chance) -> list[int]:
    return [pool.pop(chance.below(len(pool))) for _ in range(count)]


def _any_answer(state: Countdown, rng: Chance) -> str:
    """An answer another seat may have given: an offer, or steps at random, which reach every value there is."""
    if rng.below(2):
        return offers(state.numbers, state.target)[rng.below(len(offers(state.numbers, state.target)))]
    left = [(n, str(n)) for n in state.numbers]
    while len(left) > 1 and rng.below(6):
        (a, first), (b, second) = left.pop(rng.below(len(left))), left.pop(rng.below(len(left)))
        ways = list(steps(a, b))
        made, sign = ways[rng.below(len(ways))]
        left.append((made, f"({first}{sign}{second})"))
    return left[-1][1]


def _greedy(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """The nearest answer of two steps at most."""
    return min(legal, key=lambda text: abs((value(text, view["numbers"]) or 0) - view["target"]))


def _oracle(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """One of the nearest answers there are."""
    return best(tuple(view["numbers"]), view["target"])


RULES = _Rules()
RULES.scripts = {"greedy": _greedy, "oracle": _oracle}
