"""From the logits at the forks of a batch's trees to log-probabilities of its legal sets, with gradients."""

from collections.abc import Sequence

import numpy as np
import torch

from workers.policy.device import put
from workers.policy.layout import Layout
from workers.policy.policy import OUTSIDE, LegalSet


def logps(plan: Layout, legal: Sequence[LegalSet], logits_FW: torch.Tensor) -> torch.Tensor:
    """N × A: of each action the sum over its way through the forks; `OUTSIDE` beyond the end of a legal set.

    Args:
        logits_FW: of the ways in `plan.ways_FW`; what stands in its padding does not count.
    """
    device, rows = logits_FW.device, len(legal)
    ways_FW = logits_FW.masked_fill(put(~plan.open_FW, device), OUTSIDE).log_softmax(-1)
    action, fork, way = put(plan.steps_3P, device)
    flat = ways_FW.new_zeros(rows * plan.actions).index_add(0, action, ways_FW[fork, way])
    outside_NA = np.arange(plan.actions) >= np.array([len(actions) for actions in legal])[:, None]
    return flat.view(rows, plan.actions).masked_fill(put(outside_NA, device), OUTSIDE)
