"""Seeded rounds between players of one game, seats turning: who is stronger, and by how much."""

import json
import random
from collections.abc import Callable, Sequence

from games import catalog
from games.rules import OVER, State
from games.solve import cfr

Player = Callable[[State, random.Random], str]


def at_random(state: State, rng: random.Random) -> str:
    return rng.choice(state.legal())


def script(game: str, name: str) -> Player:
    """A scripted player of the game, which reads its JSON view and no more."""
    play = catalog.load(game).scripts[name]
    return lambda state, rng: play(json.loads(state.view(state.seat, "json")), state.legal(), rng)


def equilibrium(game: str, variant: str = "standard") -> Player:
    policy = cfr.solve(catalog.load(game), variant)

    def play(state: State, rng: random.Random) -> str:
        chances = policy.action_probabilities(state.view(state.seat, "compact"))
        return rng.choices(list(chances), list(chances.values()))[0]

    return play


def mean_scores(game: str, players: Sequence[Player], rounds: int, variant: str = "standard") -> list[float]:
    """Each player's mean score a round; in round k player i sits at seat i + k."""
    rules, rng, totals = catalog.load(game), random.Random(5), [0.0] * len(players)
    for k in range(rounds):
        state = rules.start(k, variant)
        while state.seat != OVER:
            action = players[(state.seat - k) % len(players)](state, rng)
            assert state.accepts(action), f"{action!r} is not one of {state.legal()}"
            state.play(action)
        scores = state.returns()
        totals = [total + scores[(i + k) % len(players)] for i, total in enumerate(totals)]
    return [total / rounds for total in totals]
