"""A small tournament between scripted players, for the tests of the games they stand in."""

import json
import random

from games.rules import OVER, Format, Rules, Script
from games.session import start


def any_legal(seen, legal, rng: random.Random) -> str:
    """The weakest player there is."""
    return rng.choice(legal)


def score(rules: Rules, first: Script, second: Script, pairs: int, variant: str = "standard") -> float:
    """The mean score of `first` over pairs of matches, each from one opening with the seats swapped."""
    fmt, total = Format(opening_plies=rules.facts.rated.opening_plies), 0.0
    for seed in range(pairs):
        for swapped in (False, True):
            state, rng = start(rules, seed, variant, fmt), random.Random(seed)
            players = (second, first) if swapped else (first, second)
            while state.seat != OVER:
                seen = json.loads(state.view(state.seat, "json"))
                state.apply(players[state.seat](seen, state.legal(), rng))
            total += state.returns()[swapped]
    return total / (2 * pairs)
