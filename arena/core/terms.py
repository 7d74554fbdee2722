"""The terms of a match: what a seat may spend. They are stored with the match, and its report is checked by them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """Time for one action and for a whole match, and illegal actions in a whole match."""

    ply_clock_ms: int = 10_000
    match_clock_ms: int = 300_000
    illegal_budget: int = 3
