"""Decisions a CPU-second, one thread: our rules and environment beside raw OpenSpiel and other environments.

Those are pettingzoo.classic's, Shimmy's and TextArena's, where they have the game.

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
WITH_TENSOR = "raw OpenSpiel with tensor"
CLASSIC = {
    "tic_tac_toe": "tictactoe_v3", "connect_four": "connect_four_v3", "leduc_poker": "leduc_holdem_v4",
    "chess": "chess_v6",
}  # fmt: skip
TEXTARENA = {"tic_tac_toe": "TicTacToe-v0", "connect_four": "ConnectFour-v0", "kuhn_poker": "KuhnPoker-v0"}
"""Its chess does not load on Python 3.11; it has no Leduc hold'em and no go."""
GAMES = {
    "tic_tac_toe": "tic_tac_toe", "connect_four": "connect_four", "chess": "chess", "kuhn_poker": "kuhn_poker",
    "leduc_poker": "leduc_poker", "go_9x9": "openspiel:go(board_size=9)",
}  # fmt: skip
"""The name of each in figures, and what it is called here."""
LEAST = {"pettingzoo.classic": 6.0, "Shimmy": 6.0, "TextArena": 1.5}
"""How many times as fast as each our environment with text is to be."""
LEAST_TENSOR = 0.2
"""What share of raw OpenSpiel's speed, observations asked for, our environment with tensors is to have."""

Contender = Callable[[int], int]
"""Plays the match of a seed and gives the number of decisions in it."""


def raw(game: str, *, tensor: bool) -> Contender:
    """OpenSpiel itself, with or without asking for the observation at each decision."""
    loaded, draw = pyspiel.load_game(game.removeprefix(catalog.PREFIX)), random.Random(0)

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


def text_arena(name: str) -> Contender:
    """TextArena's environment with the wrappers that it has by default, in the loop of its own documentation."""
    import textarena

    env, draw = textarena.make(name), random.Random(0)
    inner = env
    while hasattr(inner, "env"):
        inner = inner.env

    def legal() -> list[str]:
        known = inner.state.game_state
        if name == "KuhnPoker-v0":
            return [f"[{action}]" for action in known["current_legal_action_tree"]]
        board = known["board"]
        if name == "ConnectFour-v0":
            return [f"[col {x}]" for x, cell in enumerate(board[0]) if cell == "."]
        return [f"[{3 * y + x}]" for y, row in enumerate(board) for x, cell in enumerate(row) if not cell]

    def play(seed: int) -> int:
        env.reset(num_players=2, seed=seed & 0x7FFFFFFF)
        plies, done = 0, False
        while not done:
            env.get_observation()
            moves = legal()
            done, _ = env.step(moves[int(draw.random() * len(moves))])
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
        WITH_TENSOR: raw(game, tensor=True),
        "rules": rules(game),
        "aec_text": aec(lambda: catalog.make(game, tensor=False)),
        "aec_tensor": aec(lambda: catalog.make(game, text=False)),
        "Shimmy": aec(lambda: shimmy.OpenSpielCompatibilityV0(pyspiel.load_game(game.removeprefix(catalog.PREFIX)))),
    }
    if game in CLASSIC:
        found["pettingzoo.classic"] = aec(lambda: classic(CLASSIC[game]))
    if game in TEXTARENA:
        found["TextArena"] = text_arena(TEXTARENA[game])
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
        plies += play(seed)
        seed += 1
    return plies / spent


def figures(game: str, rates: dict[str, float]) -> list[Figure]:
    """The environment's two figures, each beside what it is to be held against, then every other contender's.

    With text it stands beside the fastest of those that it is to be some times as fast as.
    """
    text, tensor, unit = rates["aec_text"], rates["aec_tensor"], "1/cpu_s"
    peer = max((name for name in LEAST if name in rates), key=rates.__getitem__)
    met = all(text >= least * rates[name] for name, least in LEAST.items() if name in rates)
    goal = ", ".join(f"{least:g} x {name}" for name, least in LEAST.items() if name in rates)
    raw_rate = rates[WITH_TENSOR]
    made = [
        Figure(f"env.{game}.aec_text", text, unit, peer, rates[peer], f">= {goal}", met, ROUNDS),
        Figure(
            f"env.{game}.aec_tensor", tensor, unit, WITH_TENSOR, raw_rate, f">= {LEAST_TENSOR:g} x {WITH_TENSOR}",
            tensor >= LEAST_TENSOR * raw_rate, ROUNDS,
        ),
    ]  # fmt: skip
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
    made = [
        figure for name, game in GAMES.items() for figure in figures(name, speeds(contenders(game), options.seconds))
    ]
    report(made, json=options.json)


if __name__ == "__main__":
    main()
