"""The bounded optimiser: Adam while gradients stay alike, and no jump when one does not."""

from copy import deepcopy

import pytest
import torch

from workers.learner.optimiser import BoundedAdam

RATE, BETAS = 1e-2, (0.0, 0.99)


def moved(optimiser: torch.optim.Optimizer, weights: torch.nn.Parameter, gradient: torch.Tensor) -> float:
    """How far one step went, as the root mean square over the tensor, in rates."""
    before = weights.detach().clone()
    weights.grad = gradient.clone()
    if isinstance(optimiser, BoundedAdam):
        optimiser.pace(RATE)
    optimiser.step()
    return float((weights.detach() - before).square().mean().sqrt()) / RATE


@pytest.fixture
def pair() -> list[tuple[torch.optim.Optimizer, torch.nn.Parameter]]:
    """Ours and torch's, on equal tensors."""
    ours, theirs = (torch.nn.Parameter(torch.ones(40, 30)) for _ in range(2))
    return [(BoundedAdam([ours], RATE, BETAS), ours), (torch.optim.Adam([theirs], RATE, BETAS), theirs)]


def test_steps_are_adams_while_none_is_longer_than_the_rate(pair) -> None:
    draw = torch.Generator().manual_seed(1)
    for step in range(50):  # ever smaller: each is shorter than what Adam remembers
        gradient = torch.randn(40, 30, generator=draw).sign() * 0.97**step
        ours, theirs = (moved(*each, gradient) for each in pair)
        assert ours == pytest.approx(theirs, rel=1e-5)
        assert ours <= 1 + 1e-4
    assert torch.allclose(pair[0][1], pair[1][1], atol=1e-6)


def test_a_rare_large_gradient_moves_no_tensor_further_than_the_rate(pair) -> None:
    draw = torch.Generator().manual_seed(2)
    for _ in range(300):
        for each in pair:
            moved(*each, 1e-3 * torch.randn(40, 30, generator=draw))
    rare = torch.randn(40, 30, generator=draw)
    ours, theirs = (moved(*each, rare) for each in pair)
    assert theirs == pytest.approx(10, abs=0.5), "Adam goes 1/√(1 - beta2) times as far as its rate"
    assert ours == pytest.approx(1, abs=0.05)


def test_tensors_are_bounded_one_by_one_and_resume_is_exact() -> None:
    def fresh() -> tuple[BoundedAdam, list[torch.nn.Parameter]]:
        tensors = [torch.nn.Parameter(torch.ones(20)) for _ in range(2)]
        return BoundedAdam(tensors, RATE, BETAS), tensors

    def step(optimiser: BoundedAdam, tensors: list[torch.nn.Parameter], sizes: tuple[float, float]) -> None:
        for tensor, size in zip(tensors, sizes, strict=True):
            tensor.grad = torch.full((20,), size)
        optimiser.pace(RATE)
        optimiser.step()

    one, tensors = fresh()
    for _ in range(100):
        step(one, tensors, (1e-3, 1e-3))
    other, copies = fresh()
    other.load_state_dict(deepcopy(one.state_dict()))
    for copy, tensor in zip(copies, tensors, strict=True):
        copy.data.copy_(tensor)
    before = [tensor.detach().clone() for tensor in tensors]
    for each in ((one, tensors), (other, copies)):
        step(*each, (1.0, 1e-3))
    gone = [float((was - tensor.detach()).abs().max()) / RATE for was, tensor in zip(before, tensors, strict=True)]
    assert gone == pytest.approx([1, 1], abs=0.02)
    assert all(torch.equal(copy, tensor) for copy, tensor in zip(copies, tensors, strict=True))
