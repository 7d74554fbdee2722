"""The order of the players in matches of 200 pairs of cases, by bootstrap over many pairs."""

import random

import pytest

from tests.unit.games.debate.court import pair

PAIRS = 600
MATCHES = 2000


@pytest.mark.slow
@pytest.mark.parametrize(("better", "worse"), [("oracle", "greedy"), ("greedy", "random"), ("random", "silent")])
def test_the_better_player_wins_99_of_100_matches(better: str, worse: str) -> None:
    gains = [pair(number, better, worse) for number in range(PAIRS)]
    rng = random.Random(1)
    won = sum(sum(rng.choices(gains, k=200)) > 0 for _ in range(MATCHES))
    assert won / MATCHES >= 0.99, f"{better} wins {won} of {MATCHES} matches against {worse}"
