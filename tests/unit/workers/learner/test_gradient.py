"""De-duplication changes nothing but the cost: the gradient is that of the plain sum over turns."""

import numpy as np
import pytest
import torch

from tests.unit.workers.learner.bundles import fresh, played, spec
from workers.learner import learner as learning
from workers.learner.batch import gather
from workers.learner.learner import Learner
from workers.learner.losses.sft import soft
from workers.learner.regulariser import entropy, kl
from workers.policy.policy import OUTSIDE

CASES = {
    "reinforce": {"loss": {"kind": "reinforce"}},
    "ppo": {"loss": {"kind": "ppo_clip"}, "advantage": {"kind": "gae"}},
    "regularised": {
        "regularisers": [{"kind": "kl"}, {"kind": "entropy"}, {"kind": "rnad"}],
        "advantage": {"kind": "grpo"},
    },
    "in small passes": {"rows": 3, "advantage": {"kind": "gae"}, "regularisers": [{"kind": "kl"}]},
}


def gradient(asked, bundle, *, dedupe: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, int]:
    """The gradient of one step in double precision, and how many contexts were read for it."""
    torch.set_default_dtype(torch.float64)
    monkeypatch.setattr(learning, "gather", lambda bundles, oldest: gather(bundles, oldest, dedupe=dedupe))
    policy = fresh(2)  # not the weights that played: importance weights are not one
    policy.module.double()
    learner = Learner(asked, policy)
    numbers = learner.step([bundle, bundle])  # so that written moves repeat, too
    grads = [p.grad.flatten() for p in policy.module.parameters() if p.grad is not None]
    return torch.cat(grads).numpy(), int(numbers["contexts"])


@pytest.mark.parametrize("mode", ["choose", "write"])
@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_exact(case: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = spec(mode=mode, max_kl=1e6, **CASES[case])
    bundle = played(asked, fresh(1))
    try:
        mine, few = gradient(asked, bundle, dedupe=True, monkeypatch=monkeypatch)
        plain, many = gradient(asked, bundle, dedupe=False, monkeypatch=monkeypatch)
    finally:
        torch.set_default_dtype(torch.float32)
    assert few < many
    largest = np.abs(plain).max()
    assert largest > 1e-5
    assert np.abs(mine - plain).max() < 1e-6 * largest


def test_a_legal_set_s_entropy_and_kl_are_exact() -> None:
    torch.manual_seed(0)
    logits, others = torch.randn(5, 4), torch.randn(5, 4)
    logits[0, 2:], others[0, 2:] = OUTSIDE, OUTSIDE
    mine, theirs = logits.log_softmax(-1), others.log_softmax(-1)
    one, two = torch.distributions.Categorical(logits=logits), torch.distributions.Categorical(logits=others)
    torch.testing.assert_close(entropy(mine), one.entropy())
    torch.testing.assert_close(kl(mine, theirs), torch.distributions.kl_divergence(one, two))


def test_soft_targets_are_met_by_their_own_distribution_only() -> None:
    target = torch.tensor([[0.7, 0.3, 0.0], [0.2, 0.2, 0.6]])
    weights = torch.tensor([1.0, 3.0])
    assert float(soft(target.clamp(min=1e-9).log(), target, weights)) == pytest.approx(0.0, abs=1e-6)
    logits = torch.zeros(2, 3, requires_grad=True)
    loss = soft(logits.log_softmax(-1), target, weights)
    uniform = torch.full((2, 3), 1 / 3)
    by_hand = torch.distributions.kl_divergence(
        torch.distributions.Categorical(target), torch.distributions.Categorical(uniform)
    )
    assert float(loss.detach()) == pytest.approx(float((by_hand * weights).sum() / 4), abs=1e-6)
    loss.backward()
    torch.testing.assert_close(logits.grad, (uniform - target) * weights[:, None] / 4)
