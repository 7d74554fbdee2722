"""What search makes of a position of a game too large to solve: Monte-Carlo tree search by OpenSpiel, deterministic.

Where something is hidden it searches states that the seat cannot tell from the true one (`determinize`), and averages:
that overrates knowing (strategy fusion: Frank and Basin, 1998), and sees no more than the seat may.
"""

from collections import defaultdict

import pyspiel

from arena.core.chance import Chance
from arena.core.errors import NoOracle
from games.openspiel import SpielState
from games.rules import State

SIMULATIONS = 1000
EXPLORATION = 1.4
WORLDS = 8
"""States searched where something is hidden."""
MEMORY_MB = 64
SEED = 0


def action_values(state: State) -> dict[str, float]:
    """The mean result of each legal action. One that the search never tried is worth the worst that it found.

    Raises:
        NoOracle: not a game of OpenSpiel's.
    """
    if not isinstance(state, SpielState):
        name = state.rules.facts.name
        raise NoOracle(f"Nothing can search {name}.", todo="Give the game an oracle of its own.")
    rng, sums, times = Chance(SEED), defaultdict[str, float](float), defaultdict[str, int](int)
    worlds = WORLDS if state.rules.facts.hidden else 1
    for world in range(worlds):
        here = state.determinize(state.seat, rng) if state.rules.facts.hidden else state
        for child in _search(here, SIMULATIONS // worlds, world):
            total, weight = _evidence(child, state.seat)
            name = state.name_of(child.action)
            sums[name] += total
            times[name] += weight
    known = {name: sums[name] / times[name] for name in sums if times[name]}
    worst = min(known.values())
    return {name: known.get(name, worst) + 0.0 for name in state.legal()}


def _evidence(child: "pyspiel.SearchNode", seat: int) -> tuple[float, int]:
    """The sum of the results seen below a child, and how many they are. A proven result counts as all of them."""
    seen = child.explore_count
    if child.outcome:
        return child.outcome[seat] * seen, seen
    # One result of zero more: else a move that happened to win the only time it was tried would equal a proven win.
    return child.total_reward, seen + (seen > 0)


def _search(state: SpielState, simulations: int, seed: int) -> "list[pyspiel.SearchNode]":
    rollouts = pyspiel.RandomRolloutEvaluator(1, seed)
    game = state.spiel.get_game()
    bot = pyspiel.MCTSBot(game, rollouts, EXPLORATION, simulations, MEMORY_MB, True, seed, False)
    return bot.mcts_search(state.spiel).children
