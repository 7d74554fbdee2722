"""How fast a ladder plays: at full pace while intervals are wide, slower as they shrink, within the day's budget."""

from collections.abc import Sequence

WIDE = 0.25
"""Half-width of a win rate's interval at or above which a ladder plays at its full pace."""
FLOOR = 0.05
"""The share of its pace that a well-known ladder keeps."""


def matches_per_minute(pace: float, intervals: Sequence[tuple[float, float]], *, made_today: int, daily: int) -> float:
    """The pace of a ladder now.

    Args:
        pace: matches a minute at full pace.
        intervals: (low, high) of every member's win rate; the widest decides, so that a newcomer speeds it up.
    """
    if len(intervals) < 2 or made_today >= daily:
        return 0.0
    widest = max((high - low) / 2 for low, high in intervals)
    return pace * min(1.0, max(FLOOR, widest / WIDE))
