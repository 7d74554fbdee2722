"""Results against frozen agents: known players have their known results, and the same again from the same seed."""

import random
from typing import Any

import numpy as np
import pytest
import torch

from games import catalog
from games.solve import minimax
from tests.unit.workers.learner.bundles import fresh
from workers.learner.averages import none
from workers.learner.averages.weights import WeightsAverage
from workers.learner.evaluations import oracle, references
from workers.learner.spec import Game, convert
from workers.policy.policy import LegalSet, Policy, Tokens
from workers.rollout.alone import Alone

BOARD, NOTHING = Game("tic_tac_toe"), none.build({}, [])
RANDOM, PERFECT = {"agent": "random"}, {"agent": "minimax"}


def measured(policy: Policy, game: Game, matches: int, seed: int = 1, **agents: dict[str, Any]) -> dict[str, float]:
    return references.build({"agents": agents, "matches": matches}, [game])(policy, NOTHING, seed)


def uniform() -> Policy:
    """Plays every legal action alike: all logits are 0."""
    policy = fresh()
    with torch.no_grad():
        policy.module.embed.weight.zero_()
    return policy


def perfect(monkeypatch: pytest.MonkeyPatch) -> Policy:
    """Plays tic-tac-toe without a fault."""
    policy, solved = fresh(), minimax.solve(catalog.load("tic_tac_toe"))

    def score(prompts: list[Tokens], legal: list[LegalSet]) -> list[np.ndarray]:
        best = [solved.best(policy.decode(prompt)[:-1]) for prompt in prompts]
        found = [
            [policy.decode(action) in good for action in actions] for actions, good in zip(legal, best, strict=True)
        ]
        return [np.log(np.maximum(np.array(row, np.float32), 1e-30)) for row in found]

    monkeypatch.setattr(policy, "score", score)
    return policy


def test_random_against_random_is_what_is_known_of_it() -> None:
    """Exact, seats averaged: 43.7 % each, 12.7 % draws."""
    found, matches = measured(uniform(), BOARD, 300, other=RANDOM), 600
    for share, expected in (("win", 0.4365), ("loss", 0.4365), ("draw", 0.1270)):
        bound = 3.5 * (expected * (1 - expected) / matches) ** 0.5
        assert found[f"{share}_vs_other"] == pytest.approx(expected, abs=bound)
    assert abs(found["score_vs_other"]) < 3.5 * found["error_vs_other"]
    assert found["score_vs_other"] == pytest.approx(found["win_vs_other"] - found["loss_vs_other"])


def test_samples_agree_with_the_exact_evaluation_within_their_error() -> None:
    policy = fresh(3)
    exact = oracle.build({}, [BOARD])(policy, NOTHING, 0)
    found = measured(policy, BOARD, 300, random=RANDOM)
    score = exact["win_vs_random"] - exact["loss_vs_random"]
    assert abs(found["score_vs_random"] - score) < 3.5 * found["error_vs_random"] < 0.2


def test_perfect_play_never_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    player = perfect(monkeypatch)
    found = measured(player, BOARD, 25, random=RANDOM, perfect=PERFECT)
    assert found["loss_vs_random"] == 0
    assert found["win_vs_random"] > 0.8
    same = {"win": 0, "draw": 1, "loss": 0, "score": 0, "error": 0}
    assert {name: found[f"{name}_vs_perfect"] for name in same} == same
    assert measured(uniform(), BOARD, 25, perfect=PERFECT)["win_vs_perfect"] == 0, "nobody beats it"


@pytest.mark.parametrize(
    ("game", "agent"),
    [
        (Game("connect_four", opening_plies=4), {"agent": "mcts", "spec": {"simulations": 3}}),
        (Game("kuhn_poker", rounds=3), {"agent": "cfr"}),
        (Game("kuhn_poker", variant="three_players"), RANDOM),
    ],
    ids=["openings", "sessions", "three seats"],
)
def test_any_game_is_played_and_the_seed_settles_everything(game: Game, agent: dict[str, Any]) -> None:
    random.seed(1)
    first = measured(fresh(), game, 6, it=agent)
    random.seed(2)
    assert measured(fresh(), game, 6, it=agent) == first
    assert measured(fresh(), game, 6, 2, it=agent) != first
    assert first["win_vs_it"] + first["draw_vs_it"] + first["loss_vs_it"] == pytest.approx(1)
    assert np.isfinite(list(first.values())).all()


def test_what_is_written_and_not_legal_loses() -> None:
    found = measured(fresh(), Game("kuhn_poker", mode="write"), 20, random=RANDOM)
    assert found["loss_vs_random"] > 0.9, "a fresh policy writes nonsense"
    assert found["score_vs_random"] < -1.5, "a forfeit costs the most that can be lost"


def test_wins_draws_and_losses_are_of_the_policy_s_own_seat() -> None:
    scores_RSS = np.array([[[2, -2], [-1, 1]], [[0, 0], [1, -1]]], float)
    found = references.numbers(scores_RSS)
    assert found == {"win": 0.5, "draw": 0.25, "loss": 0.25, "score": 0.5, "error": pytest.approx(1.0)}
    shared = references.numbers(np.array([[[1, 1, -2], [-2, 1, 1], [1, 1, -2]]] * 2, float))
    assert (shared["win"], shared["draw"], shared["loss"]) == pytest.approx((0, 2 / 3, 1 / 3))


def test_an_average_of_weights_is_measured_too() -> None:
    average = WeightsAverage(0.9)
    average.update(fresh(), 1)
    found = references.build({"agents": {"random": RANDOM}, "matches": 5}, [BOARD])(fresh(), average, 1)
    assert found["win_vs_random"] == found["win_vs_random_average"]


def test_a_resumed_job_measures_the_same_and_every_update_draws_anew() -> None:
    asked = {
        "name": "trial", "games": [{"name": "tic_tac_toe"}], "seed": 3, "learning": {"matches": 8},
        "policy": {"spec": {"width": 16, "layers": 1, "heads": 2, "context": 32}},
        "evaluations": [{"kind": "references", "every": 2, "spec": {"agents": {"random": RANDOM}, "matches": 20}}],
    }  # fmt: skip
    through, before, after = (Alone(convert(asked)) for _ in range(3))
    numbers = [through.once() for _ in range(4)]
    for _ in range(2):
        before.once()
    after.guarded.load(before.guarded.state())
    after._played = before._played
    again = [after.once() for _ in range(2)]
    assert [sorted(n) for n in numbers[:2]] == [sorted(n) for n in again]
    for told, one in zip(numbers[2:], again, strict=True):
        assert references_of(told) == references_of(one)
    measures, policy = through.guarded.measures, fresh()
    assert measures.due(2, policy, NOTHING) != measures.due(4, policy, NOTHING)
    assert measures.due(3, policy, NOTHING) == {}


def references_of(numbers: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in numbers.items() if name.startswith("references.")}
