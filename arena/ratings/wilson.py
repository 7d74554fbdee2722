"""The Wilson score interval of a win rate, a draw counting half.

E. B. Wilson, JASA 22 (1927) 209-212. With draws the variance is at most the binomial one, so it errs to the wide side.
"""

from math import sqrt

Z95 = 1.959963984540054


def interval(wins: int, draws: int, losses: int, z: float = Z95) -> tuple[float, float]:
    """Lower and upper bound of the score per game, in [0, 1]; (0, 1) when nothing was played."""
    n = wins + draws + losses
    if n == 0:
        return 0.0, 1.0
    p = (wins + draws / 2) / n
    centre = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
