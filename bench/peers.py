"""OpenSpiel's own PyTorch learners on Kuhn poker, beside ours: NashConv after so much processor time.

`python -m bench.peers [--json]`. One thread; settings are those of OpenSpiel's examples for this game where it has
any. NFSP sees the game's tensors and plays hand by hand; Deep CFR walks the tree itself and needs the whole game.
"""

import argparse
import statistics
import time
from collections.abc import Iterator

import numpy as np
import pyspiel
import torch
from open_spiel.python import policy as policies
from open_spiel.python import rl_environment
from open_spiel.python.algorithms import exploitability
from open_spiel.python.pytorch import deep_cfr, nfsp
from rich.console import Console

from bench.figures import Figure, report
from bench.learning import RECIPES
from workers.learner.spec import Budget, read
from workers.rollout.alone import Alone

GAME = "kuhn_poker"
BELOW = 0.10
SEEDS = 3
CPU_S = 120.0
LOOK_HANDS = 2000
ITERATIONS = (10, 20, 40, 80, 160, 320, 640)
BATCH = 128
"""Of Deep CFR. Without one, OpenSpiel 2.0.2 learns from the whole of its memory, also where nothing was written yet."""
Curve = list[tuple[float, float]]
"""(processor seconds, NashConv)."""


class Learnt(policies.Policy):
    """What a pair of NFSP agents has learnt on average."""

    def __init__(self, game: pyspiel.Game, agents: list[nfsp.NFSP]) -> None:
        super().__init__(game, [0, 1])
        self._agents = agents

    def action_probabilities(self, state: pyspiel.State, player_id: int | None = None) -> dict[int, float]:
        player = state.current_player() if player_id is None else player_id
        legal, seen = state.legal_actions(player), [np.zeros(1)] * 2
        seen[player] = np.array(state.information_state_tensor(player))
        step = rl_environment.TimeStep(
            {"info_state": seen, "legal_actions": [legal] * 2, "current_player": player}, None, None, None
        )
        with self._agents[player].temp_mode_as(nfsp.MODE.AVERAGE_POLICY):
            found = self._agents[player].step(step, is_evaluation=True).probs
        return {action: float(found[action]) for action in legal}


def nfsp_curve(seed: int, cpu_s: float) -> Iterator[tuple[float, float]]:
    """NFSP, hand by hand, with a look at its average policy now and then."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # its buffers draw from the global stream
    env = rl_environment.Environment(GAME, chance_event_sampler=rl_environment.ChanceEventSampler(seed))
    size, actions = env.observation_spec()["info_state"][0], env.action_spec()["num_actions"]
    agents = [
        nfsp.NFSP(
            player, state_representation_size=size, num_actions=actions, hidden_layers_sizes=[128],
            reservoir_buffer_capacity=2_000_000, anticipatory_param=0.1, replay_buffer_capacity=200_000,
            epsilon_decay_duration=20_000_000, epsilon_start=0.06, epsilon_end=0.001,
        )
        for player in range(2)
    ]  # fmt: skip
    learnt, game = Learnt(env.game, agents), env.game
    began, hands = time.process_time(), 0
    while (spent := time.process_time() - began) < cpu_s:
        if hands % LOOK_HANDS == 0:
            yield spent, exploitability.nash_conv(game, learnt)
        step = env.reset()
        while not step.last():
            step = env.step([agents[step.observations["current_player"]].step(step).action])
        for agent in agents:
            agent.step(step)
        hands += 1


def deep_cfr_curve(seed: int, cpu_s: float) -> Iterator[tuple[float, float]]:
    """Deep CFR, anew for each number of iterations: its average policy is only learnt at the end."""
    game = pyspiel.load_game(GAME)
    for iterations in ITERATIONS:
        began = time.process_time()
        solver = deep_cfr.DeepCFRSolver(
            game, policy_network_layers=(64, 64), advantage_network_layers=(32, 32), num_iterations=iterations,
            num_traversals=100, learning_rate=1e-3, batch_size_advantage=BATCH, batch_size_strategy=BATCH,
            memory_capacity=1_000_000, seed=seed,
        )  # fmt: skip
        solver.solve()
        spent = time.process_time() - began
        found = policies.tabular_policy_from_callable(game, solver.action_probabilities)
        yield spent, exploitability.nash_conv(game, found)
        if spent * 3 > cpu_s:
            return


def our_curve(seed: int, cpu_s: float) -> Iterator[tuple[float, float]]:
    """The recipe, in one process."""
    import msgspec

    spec = msgspec.structs.replace(read(RECIPES / "kuhn.toml"), seed=seed, budget=Budget(cpu_s=cpu_s))
    for numbers in Alone(spec).run():
        if "nashconv.average" in numbers:
            yield numbers["cpu_s"], numbers["nashconv.average"]


LEARNERS = {"nfsp": nfsp_curve, "deep_cfr": deep_cfr_curve, "ours": our_curve}


def reached(curve: Curve) -> float | None:
    """Processor seconds until NashConv was at most `BELOW`."""
    return next((spent for spent, worth in curve if worth <= BELOW), None)


def figures(curves: dict[str, list[Curve]]) -> Iterator[Figure]:
    """Where each learner ended, and when it passed `BELOW`; where half of the seeds did not, no time is told."""
    ours = statistics.median(curve[-1][1] for curve in curves["ours"])
    for name, found in curves.items():
        end = statistics.median(curve[-1][1] for curve in found)
        spent = statistics.median(curve[-1][0] for curve in found)
        yield Figure(f"learning.peers.{name}.nashconv_avg", end, "", "ours", ours, seeds=len(found))
        yield Figure(f"learning.peers.{name}.cpu_s", spent, "s", seeds=len(found))
        passed = sorted(reached(curve) or float("inf") for curve in found)
        if (middle := statistics.median_high(passed)) < float("inf"):
            yield Figure(f"learning.peers.{name}.cpu_s_to_{BELOW:g}", middle, "s", seeds=len(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--cpu-s", type=float, default=CPU_S, help="for each learner and seed")
    options = parser.parse_args()
    torch.set_num_threads(1)
    curves: dict[str, list[Curve]] = {name: [] for name in LEARNERS}
    with Console(stderr=True).status("learning") as status:
        for seed in range(1000, 1000 + options.seeds):
            for name, learner in LEARNERS.items():
                status.update(f"{name}, seed {seed}")
                curves[name].append(list(learner(seed, options.cpu_s)))
    report(figures(curves), options.json)


if __name__ == "__main__":
    main()
