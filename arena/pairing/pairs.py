"""Who meets whom: mostly where a match would tell most, sometimes anyone. Every draw's probability is kept.

The information of a match between i and j about their difference is p (1 - p) in logits, so the gain in certainty is
ln(1 + p (1 - p) Var(i - j)); see D. J. C. MacKay, Neural Computation 4 (1992) 590-604, for the criterion.
"""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from math import log

from arena.core.chance import Chance

EXPLORE = 0.2
"""Share of draws that take any allowed pair alike."""
PRIOR = 1.0
"""Variance of a newcomer's strength, in squared logits."""
LOGIT = 400 / log(10)
"""Elo points in a logit."""


@dataclass(frozen=True, slots=True)
class Member:
    """One who may be paired. `owner` keeps two versions of one owner apart; references are exempt."""

    id: object
    owner: object
    exempt: bool
    elo: float
    games: int


def may_meet(a: Member, b: Member) -> bool:
    """Whether a rated match between them is allowed."""
    return a.owner != b.owner or (a.exempt and b.exempt)


def gain(a: Member, b: Member) -> float:
    """Expected gain in certainty about their difference, in nats."""
    p = 1 / (1 + 10 ** ((b.elo - a.elo) / 400))
    variance = _variance(a) + _variance(b)
    return log(1 + p * (1 - p) * variance)


def _variance(member: Member) -> float:
    # Each game adds at most a quarter of a unit of Fisher information about a logit.
    return 1 / (1 / PRIOR + member.games / 4)


class Odds:
    """Every allowed pair of some members with its probability, computed once for any number of draws."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._pairs = [(a, b) for a, b in combinations(members, 2) if may_meet(a, b)]
        gains = [gain(a, b) for a, b in self._pairs]
        total, n = sum(gains), len(gains)
        self._odds = [EXPLORE / n + (1 - EXPLORE) * g / total for g in gains]
        self._cumulative = list(accumulate(self._odds))

    def draw(self, chance: Chance) -> tuple[Member, Member, float] | None:
        """An unordered pair and the probability with which it was drawn; None when no pair is allowed."""
        if not self._pairs:
            return None
        pick = min(bisect(self._cumulative, chance.uniform()), len(self._pairs) - 1)
        a, b = self._pairs[pick]
        return a, b, self._odds[pick]
