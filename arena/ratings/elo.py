"""Live Elo in integer micro-points: what one player gains another loses, so a ladder's sum never moves.

A. Elo, The Rating of Chessplayers (1978). More than two seats are rated as all pairs, each at K / (n - 1).
"""

from collections.abc import Sequence

MICRO = 1_000_000
START = 1500 * MICRO
K = 16


def expected(own: int, other: int) -> float:
    """The score expected of `own` against `other`, both in micro-points: 1 / (1 + 10^((other - own) / 400))."""
    return 1.0 / (1.0 + 10.0 ** ((other - own) / (400 * MICRO)))


def deltas(ratings: Sequence[int], ranks: Sequence[int]) -> list[int]:
    """Each seat's change in micro-points for one match; they sum to zero exactly.

    Args:
        ratings: (n,) micro-points before the match.
        ranks: (n,) 1 is best; equal ranks are a draw.
    """
    n = len(ratings)
    change = [0] * n
    for i in range(n):
        for j in range(i + 1, n):
            score = 0.5 if ranks[i] == ranks[j] else float(ranks[i] < ranks[j])
            gain = round(K * MICRO / (n - 1) * (score - expected(ratings[i], ratings[j])))
            change[i] += gain
            change[j] -= gain
    return change
