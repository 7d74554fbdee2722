"""The judge: a pure function of the case and of the acts. It is not given what the sides say beside them.

A claim that is true of every record it cites is established, and narrows what they may be. One that is not is void.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from games.court.case import SIDES, Case, Question
from games.court.forms import Allowed
from games.court.moves import Act
from games.court.statements import meaning

LAMBDA = Fraction(1, 4)
"""Price of a false claim; paid twice if the other side has shown it to be false."""
MU = Fraction(1, 8)
"""Price of a challenge that shows nothing."""
EPSILON = Fraction(1, 32)
"""A smaller margin is a draw."""
GRID = 1024
"""Scores are multiples of 1 / GRID, so that floats add up to exactly zero."""


@dataclass(frozen=True)
class Verdict:
    probability: Fraction
    """Of the proposition, given what is established."""
    truth: bool
    allowed: Allowed
    """What the records may be, as far as established."""
    false_claims: tuple[int, int]
    """By side; a claim that was caught counts twice."""
    bad_challenges: tuple[int, int]
    conceded: str | None
    units: int
    """Pro's score in units of 1 / GRID."""

    @property
    def scores(self) -> list[float]:
        score = self.units / GRID
        return [score, 0.0 - score]

    def told(self) -> dict[str, Any]:
        return {
            "probability": str(self.probability), "truth": self.truth, "false_claims": self.false_claims,
            "bad_challenges": self.bad_challenges, "conceded": self.conceded, "scores": self.scores,
        }  # fmt: skip

    def text(self) -> bytes:
        """All of it, in canonical bytes."""
        return json.dumps({**self.told(), "allowed": self.allowed}, sort_keys=True).encode()


def judge(case: Case, acts: Sequence[tuple[int, Act]]) -> Verdict:
    """The verdict on a record of (side, act), in the order in which they were made."""
    question = case.question
    allowed, false, bad = list(question.all_allowed), [0, 0], [0, 0]
    for seat, act in acts:
        if act.kind == "claim":
            if all(is_true(case, act, row) for row in act.rows):
                allowed = narrowed(question, allowed, act)
            else:
                false[seat] += 1
        elif act.kind == "challenge":
            other, claim = acts[act.number - 1]
            (row,) = act.rows
            if is_true(case, claim, row):
                bad[seat] += 1
            else:
                false[other] += 1
                allowed[row] = 1 << case.values[row]
    conceder = next((seat for seat, act in acts if act.kind == "concede"), None)
    probability = question.form.probability(tuple(allowed)) if conceder is None else Fraction(conceder)
    fault = LAMBDA * (false[0] - false[1]) + MU * (bad[0] - bad[1]) if conceder is None else Fraction(0)
    return Verdict(
        probability, case.truth, tuple(allowed), (false[0], false[1]), (bad[0], bad[1]),
        None if conceder is None else SIDES[conceder], on_grid(2 * probability - 1 - fault),
    )  # fmt: skip


def is_true(case: Case, claim: Act, row: int) -> bool:
    """Whether what the claim states is so of that record."""
    return bool((meaning(case.question, claim.statement) or 0) >> case.values[row] & 1)


def narrowed(question: Question, allowed: Iterable[int], claim: Act) -> list[int]:
    """What the records may be once a claim is taken as true."""
    found = list(allowed)
    for row in claim.rows:
        found[row] &= meaning(question, claim.statement) or 0
    return found


def on_grid(margin: Fraction) -> int:
    """The score in units: the nearest on the grid (halves to even, so that signs do not matter), or 0 for a draw."""
    return 0 if abs(margin) < EPSILON else round(margin * GRID)


def truth_rate(verdicts: Iterable[Verdict]) -> Fraction:
    """How often the judge was right, whoever won: 1 where it leaned to the truth, 1/2 where it leaned to neither.

    Raises `ZeroDivisionError` where there is no verdict.
    """
    points = [_rightness(verdict) for verdict in verdicts]
    return sum(points, Fraction(0)) / len(points)


def _rightness(verdict: Verdict) -> Fraction:
    if verdict.probability == Fraction(1, 2):
        return Fraction(1, 2)
    return Fraction((verdict.probability > Fraction(1, 2)) == verdict.truth)
