"""The gradient of an update is that of the plain sum over turns, though equal prompts are read once."""

import math
from dataclasses import dataclass
from statistics import fmean

import pytest
import torch

from arena.core.trajectory import FREE, Bundle
from tests.unit.workers.learner.bundles import fresh, played, spec
from workers.learner.learner import Learner
from workers.learner.regulariser import entropy, kl
from workers.policy.policy import OUTSIDE, Policy

KL, INITIAL = {"kind": "kl", "spec": {"to": "uniform", "weight": 0.3}}, {"kind": "kl", "spec": {"to": "initial"}}
RNAD, ENTROPY = {"kind": "rnad", "spec": {"eta": 0.4}}, {"kind": "entropy", "spec": {"weight": 0.1}}
GAE = {"kind": "gae", "spec": {"trace": 1.0}}
CASES = {
    "reinforce": {"loss": {"kind": "reinforce"}},
    "ppo": {"loss": {"kind": "ppo_clip"}, "advantage": GAE},
    "imitation": {"loss": {"kind": "sft"}},
    "imitation of winners": {"loss": {"kind": "sft", "spec": {"winners": True}}, "regularisers": [ENTROPY]},
    "no loss": {"loss": {"kind": "none"}, "regularisers": [INITIAL, ENTROPY]},
    "regularised": {"advantage": {"kind": "grpo"}, "regularisers": [KL, ENTROPY, RNAD]},
    "in small passes": {"rows": 3, "advantage": GAE, "regularisers": [INITIAL]},
    "in three steps": {"minibatches": 3, "advantage": GAE, "regularisers": [KL]},
}
VALUE_WEIGHT = 0.7


@dataclass
class Turn:
    """One turn, read by itself."""

    seat: int
    behaviour: float
    reward: float
    logp: torch.Tensor
    rows: list[torch.Tensor]
    """Log-probabilities over what could be done: one row, or one a token."""
    value: torch.Tensor
    reference: float = 0.0
    reference_rows: tuple[torch.Tensor, ...] = ()
    ahead: float = 0.0
    """The rewards from here to the end."""


def read(policy: Policy, bundle: Bundle, turn) -> tuple[torch.Tensor, list[torch.Tensor], torch.Tensor]:
    prompt = tuple(bundle.prompts[turn.prompt])
    if turn.legal != FREE:
        scores = policy.forward([prompt], [tuple(map(tuple, bundle.legal[turn.legal]))])
        return scores.logps_NA[0, turn.action], [scores.logps_NA[0]], scores.values_N[0]
    scores = policy.forward_texts([prompt], [tuple(turn.tokens)])
    rows = list(scores.logps_NTV[0])
    return sum(row[token] for row, token in zip(rows, turn.tokens, strict=True)), rows, scores.values_N[0]


def turns_of(asked, policy: Policy, reference: Policy, bundle: Bundle) -> list[Turn]:
    eta = sum(part.spec["eta"] for part in asked.learning.regularisers if part.kind == "rnad")
    found: list[Turn] = []
    for trajectory in bundle.trajectories:
        mine = []
        for turn in trajectory.turns:
            logp, rows, value = read(policy, bundle, turn)
            with torch.no_grad():
                then, reference_rows, _ = read(reference, bundle, turn)
            reward = turn.reward - eta * float(logp.detach() - then)
            mine.append(
                Turn(trajectory.seat, sum(turn.logps), reward, logp, rows, value, float(then), (*reference_rows,))
            )
        for place, turn in enumerate(mine):
            turn.ahead = sum(later.reward for later in mine[place:])
        found += mine
    return found


def weight(loss, turn: Turn, advantage: float) -> float:
    """Of a turn's ∇log π: the derivative of each objective by the turn's log-probability."""
    ratio = math.exp(float(turn.logp.detach()) - turn.behaviour)
    match loss.kind:
        case "reinforce":
            return min(ratio, 1.0) * advantage
        case "ppo_clip":  # ε = .2; an act of negative advantage weighs no more than 3
            moves = ratio <= 1.2 if advantage > 0 else 0.8 <= ratio <= 3
            return ratio * advantage if moves else 0.0
        case "sft":
            return 1.0 if advantage > 0 or not loss.spec.get("winners") else 0.0
        case _:
            return 0.0


def penalty(part, turn: Turn) -> torch.Tensor | float:
    """KL and entropy as they are defined, summed over what can be done."""
    total = torch.zeros(())
    for row, reference in zip(turn.rows, turn.reference_rows, strict=True):
        if part.kind == "entropy":
            total = total + part.spec["weight"] * (row.exp() * row).sum()
        elif part.kind == "kl" and part.spec["to"] == "uniform":
            total = total + part.spec["weight"] * (row.exp() * (row + math.log(len(row)))).sum()
        elif part.kind == "kl":
            total = total + 0.2 * (row.exp() * (row - reference)).sum()
    return total


def plain_gradient(asked, policy: Policy, reference: Policy, bundles: list[Bundle]) -> torch.Tensor:
    """Of the objective written down turn by turn, and divided by their number."""
    turns = [turn for bundle in bundles for turn in turns_of(asked, policy, reference, bundle)]
    plan, total = asked.learning, torch.zeros(())
    seats = {turn.seat for turn in turns}
    means = {seat: fmean(turn.ahead for turn in turns if turn.seat == seat) for seat in seats}
    for turn in turns:
        baseline = {"rae": 0.0, "grpo": means[turn.seat], "gae": float(turn.value.detach())}[plan.advantage.kind]
        total = total - weight(plan.loss, turn, turn.ahead - baseline) * turn.logp
        total = total + sum(penalty(part, turn) for part in plan.regularisers)
        if plan.advantage.kind == "gae":
            total = total + VALUE_WEIGHT * (turn.value - turn.ahead) ** 2
    policy.module.zero_grad()
    (total / len(turns)).backward()
    return flat(policy)


def flat(policy: Policy) -> torch.Tensor:
    return torch.cat(
        [(torch.zeros_like(p) if p.grad is None else p.grad).flatten().clone() for p in policy.module.parameters()]
    )


def learnt_gradient(
    asked, policy: Policy, reference: Policy, bundles: list[Bundle], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[torch.Tensor], int]:
    """The gradient of each step of an update that moves nothing, and how many contexts were read for it."""
    learner, steps = Learner(asked, policy), list[torch.Tensor]()
    for regulariser in learner.regularisers:
        if hasattr(regulariser, "reference"):
            regulariser.load({"weights": reference.state(), "version": 0}, policy)
    monkeypatch.setattr(learner.optimiser, "step", lambda: steps.append(flat(policy)))
    numbers = learner.step(bundles)
    return steps, int(numbers["contexts"])


def double(seed: int) -> Policy:
    policy = fresh(seed)
    policy.module.double()
    torch.nn.init.normal_(policy.module.value.weight, generator=torch.Generator().manual_seed(seed))
    return policy


@pytest.mark.parametrize("mode", ["choose", "write"])
@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_that_of_the_plain_sum_over_turns(
    case: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = {"max_kl": 1e6, "optimiser": {"clip": 1e9}, "value_weight": VALUE_WEIGHT}
    asked = spec(mode=mode, matches=24, **more, **CASES[case])
    bundle = played(asked, fresh(1), 24)
    torch.set_default_dtype(torch.float64)
    try:
        # Not the weights that played: importance weights are not one. Twice, so that written moves repeat, too.
        plain = plain_gradient(asked, double(2), double(3), [bundle, bundle])
        steps, contexts = learnt_gradient(asked, double(2), double(3), [bundle, bundle], monkeypatch)
    finally:
        torch.set_default_dtype(torch.float32)
    assert contexts <= sum(len(t.turns) for t in bundle.trajectories)
    assert len(steps) == asked.learning.minibatches
    mine = torch.stack(steps).mean(0)
    largest = float(plain.abs().max())
    assert largest > 1e-5
    assert float((mine - plain).abs().max()) < 1e-6 * largest


def test_a_legal_set_s_entropy_and_kl_are_exact() -> None:
    torch.manual_seed(0)
    logits, others = torch.randn(5, 4), torch.randn(5, 4)
    logits[0, 2:], others[0, 2:] = OUTSIDE, OUTSIDE
    mine, theirs = logits.log_softmax(-1), others.log_softmax(-1)
    one, two = torch.distributions.Categorical(logits=logits), torch.distributions.Categorical(logits=others)
    torch.testing.assert_close(entropy(mine), one.entropy())
    torch.testing.assert_close(kl(mine, theirs), torch.distributions.kl_divergence(one, two))
