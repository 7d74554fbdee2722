"""From the logits at the forks of a batch's trees to log-probabilities of its legal sets, with gradients."""

from collections.abc import Sequence

import torch

from workers.policy.layout import Layout
from workers.policy.policy import OUTSIDE, LegalSet


def logps(plan: Layout, legal: Sequence[LegalSet], logits_FW: torch.Tensor) -> torch.Tensor:
    """N × A: of each action the sum over its way through the forks; `OUTSIDE` beyond the end of a legal set.

    Args:
        logits_FW: of the ways in `plan.ways_FW`; what stands in its padding does not count.
    """
    device, rows = logits_FW.device, len(legal)
    closed_FW = ~torch.from_numpy(plan.open_FW).to(device)
    ways_FW = logits_FW.masked_fill(closed_FW, OUTSIDE).log_softmax(-1)
    action, fork, way = torch.from_numpy(plan.steps_3P).to(device)
    flat = ways_FW.new_zeros(rows * plan.actions).index_add(0, action, ways_FW[fork, way])
    sizes = torch.tensor([len(actions) for actions in legal], device=device)[:, None]
    outside = torch.arange(plan.actions, device=device) >= sizes
    return flat.view(rows, plan.actions).masked_fill(outside, OUTSIDE)
