"""Decisions a CPU-second, one thread: our rules and environment beside raw OpenSpiel, pettingzoo.classic and Shimmy.

Every contender plays whole random matches with the same chooser. They take turns in rounds, so that all of them meet
the machine in the same moods; the median of the rounds is reported.
"""

import argparse
import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import pyspiel

from bench.figures import Figure, report
from games import catalog
from games.rules import OVER

ROUNDS = 5
BASE = "raw OpenSpiel"
TARGETS = {"tic_tac_toe": 80_000, "connect_four": 80_000, "kuhn_poker": 40_000}
CLASSIC = {"tic_tac_toe": "tictactoe_v3", "connect_four": "connect_four_v3", "leduc_poker": "leduc_holdem_v4"}
GAMES = ("tic_tac_toe", "connect_four", "kuhn_poker", "leduc_poker")

Contender = Callable[[int], int]
"""Plays the match of a seed and gives the number of decisions in it."""


def raw(game: str, *, tensor: bool) -> Contender:
    """OpenSpiel itself, with or without asking for the observation at each decision."""
    loaded, draw = pyspiel.load_game(game), random.Random(0)

    def play(seed: int) -> int:
        state, plies = loaded.new_initial_state(), 0
        while not state.is_terminal():
            if not state.is_chance_node():
                plies += 1
                if tensor:
                    state.observation_tensor()
            state.apply_action(pick(state.legal_actions(), draw))
        return plies

    return play


def rules(game: str) -> Contender:
    """Our rules, without the environment."""
    loaded, draw = catalog.load(game), random.Random(0)

    def play(seed: int) -> int:
        state, plies = loaded.start(seed), 0
        while state.seat != OVER:
            state.apply_id(pick(state.legal_ids(), draw))
            plies += 1
        return plies

    return play


def aec(make: Callable[[], Any]) -> Contender:
    """Any PettingZoo environment, in the loop of PettingZoo's own documentation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        env = make()
    draw = random.Random(0)

    def play(seed: int) -> int:
        env.reset(seed=seed)
        plies = 0
        for _ in env.agent_iter():
            seen, _, terminated, truncated, info = env.last()
            if terminated or truncated:
                env.step(None)
                continue
            mask = seen["action_mask"] if isinstance(seen, dict) else info["action_mask"]
            env.step(pick(mask.nonzero()[0], draw))
            plies += 1
        return plies

    return play


def pick(legal: Sequence[int], draw: random.Random) -> int:
    """One of the legal actions."""
    return legal[int(draw.random() * len(legal))]


def contenders(game: str) -> dict[str, Contender]:
    """Everything that can play `game`, by name."""
    import shimmy

    found: dict[str, Contender] = {
        BASE: raw(game, tensor=False),
        "raw OpenSpiel with tensor": raw(game, tensor=True),
        "rules": rules(game),
        "aec_text": aec(lambda: catalog.make(game, tensor=False)),
        "aec_tensor": aec(lambda: catalog.make(game, text=False)),
        "Shimmy": aec(lambda: shimmy.OpenSpielCompatibilityV0(game_name=game)),
    }
    if game in CLASSIC:
        found["pettingzoo.classic"] = aec(lambda: classic(CLASSIC[game]))
    return found


def classic(name: str) -> Any:
    """PettingZoo's own environment of a game."""
    import importlib

    return importlib.import_module(f"pettingzoo.classic.{name}").env()


def speeds(playing: dict[str, Contender], seconds: float) -> dict[str, float]:
    """Decisions a CPU-second of each contender: the median of its rounds."""
    found: dict[str, list[float]] = {name: [] for name in playing}
    for number in range(ROUNDS):
        for name, play in playing.items():
            found[name].append(_speed(play, seconds / ROUNDS, number))
    return {name: statistics.median(rates) for name, rates in found.items()}


def _speed(play: Contender, seconds: float, number: int) -> float:
    seed = number << 32
    play(seed)
    begun = time.process_time()
    plies = 0
    while (spent := time.process_time() - begun) < seconds:
        for _ in range(20):
            plies += play(seed)
            seed += 1
    return plies / spent


def figures(game: str, rates: dict[str, float]) -> list[Figure]:
    """The environment's two figures with the fairest peer there is, then every other contender's."""
    peer = "pettingzoo.classic" if "pettingzoo.classic" in rates else "Shimmy"
    target = TARGETS.get(game)
    goal = f">= {target}" if target else None
    met = rates["aec_text"] >= target if target else None
    unit = "1/cpu_s"
    made = [
        Figure(f"env.{game}.aec_text", rates["aec_text"], unit, peer, rates[peer], goal, met, ROUNDS),
        Figure(f"env.{game}.aec_tensor", rates["aec_tensor"], unit, peer, rates[peer], seeds=ROUNDS),
    ]
    for name, rate in rates.items():
        if not name.startswith("aec"):
            key = name.lower().replace(" ", "_").replace(".", "_")
            made.append(Figure(f"env.{game}.{key}", rate, unit, BASE, rates[BASE], seeds=ROUNDS))
    return made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU-seconds for each contender of each game")
    options = parser.parse_args()
    made = [figure for game in GAMES for figure in figures(game, speeds(contenders(game), options.seconds))]
    report(made, json=options.json)


if __name__ == "__main__":
    main()
