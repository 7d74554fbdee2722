"""The two forms that a proposition may take, and how likely each is when only some values are possible.

Both are exact: they count the worlds that are left, all of them equally likely. A set of values is a bit mask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Allowed = tuple[int, ...]
"""For each record, which values it may still have: bit v is set if value v is possible."""


@dataclass(frozen=True)
class Total:
    """Over all records, factor · score of the value adds up to more than `above`."""

    factors: tuple[int, ...]
    scores: tuple[int, ...]
    above: int

    def holds(self, values: Sequence[int]) -> bool:
        return sum(f * self.scores[v] for f, v in zip(self.factors, values, strict=True)) > self.above

    def probability(self, allowed: Allowed) -> Fraction:
        return _total(self, tuple(mask if f else 0 for f, mask in zip(self.factors, allowed, strict=True)))

    def told(self) -> dict[str, Any]:
        return {"kind": "total", "factors": self.factors, "scores": self.scores, "above": self.above}


@dataclass(frozen=True)
class AnyOf:
    """In at least one of the sets every record has value 0. Records have two values."""

    sets: tuple[tuple[int, ...], ...]
    records: int

    def holds(self, values: Sequence[int]) -> bool:
        return any(all(values[row] == 0 for row in rows) for rows in self.sets)

    def probability(self, allowed: Allowed) -> Fraction:
        everything, columns = _worlds(self.records)
        left = everything
        for column, mask in zip(columns, allowed, strict=True):
            if mask != 3:
                left &= column if mask == 1 else everything ^ column
        return Fraction((left & _true_worlds(self)).bit_count(), left.bit_count())

    def told(self) -> dict[str, Any]:
        named = [[f"R{row + 1}" for row in rows] for rows in self.sets]
        return {"kind": "any_of", "sets": named, "records": self.records}


Form = Total | AnyOf


def form_of(told: Mapping[str, Any]) -> Form:
    """The form that `told()` tells."""
    if told["kind"] == "total":
        return Total(tuple(told["factors"]), tuple(told["scores"]), told["above"])
    sets = tuple(tuple(int(name[1:]) - 1 for name in names) for names in told["sets"])
    return AnyOf(sets, told["records"])


@lru_cache(maxsize=65_536)
def _total(form: Total, allowed: Allowed) -> Fraction:
    """Worlds by their total are a product of polynomials; 64 bits hold 9 values to the power of 18 records."""
    rows = [_ways(form.scores, f, mask) for f, mask in zip(form.factors, allowed, strict=True) if f]
    worlds = reduce(np.convolve, (ways for ways, _ in rows))
    first = max(0, form.above + 1 - sum(low for _, low in rows))
    return Fraction(int(worlds[first:].sum()), int(worlds.sum()))


@lru_cache(maxsize=65_536)
def _ways(scores: tuple[int, ...], factor: int, mask: int) -> tuple[NDArray[np.int64], int]:
    """How many of the values in `mask` add each amount, from the lowest amount on; and that lowest amount."""
    amounts = [factor * score for v, score in enumerate(scores) if mask >> v & 1]
    return np.bincount([a - min(amounts) for a in amounts]).astype(np.int64), min(amounts)


@lru_cache
def _worlds(records: int) -> tuple[int, tuple[int, ...]]:
    """Bit w stands for world w. All worlds, and for each record those where it has value 0 (bit r of w is set)."""
    everything = (1 << (1 << records)) - 1
    # Blocks of 2^r ones above 2^r zeros, all along: (2^(2^records) - 1) / (2^(2^r) + 1) is the pattern's lower half.
    return everything, tuple(everything // ((1 << (1 << r)) + 1) << (1 << r) for r in range(records))


@lru_cache(maxsize=1024)
def _true_worlds(form: AnyOf) -> int:
    everything, columns = _worlds(form.records)
    found = 0
    for rows in form.sets:
        found |= reduce(lambda left, row: left & columns[row], rows, everything)
    return found
