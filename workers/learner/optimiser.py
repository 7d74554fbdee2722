"""Adam, with the size of a step bounded."""

from collections.abc import Iterable
from typing import Any

import torch


class BoundedAdam(torch.optim.Adam):
    """Adam that slows down wherever it would go further than its rate.

    Adam divides a gradient by what gradients were of late. Self-play settles, its gradients shrink, and then a hand
    that is rarely dealt brings one many times as large: with `beta2` = .99 a step of up to ten times the rate, and the
    policy jumps. So each tensor's rate is divided by the root mean square of gradient / √v̂ where that is above 1
    (update clipping: Shazeer and Stern 2018, §5; Wortsman et al. 2023, StableAdamW). See docs/decisions/0015.
    """

    def __init__(self, parameters: Iterable[torch.Tensor], rate: float, betas: tuple[float, float]) -> None:
        super().__init__([{"params": [parameter]} for parameter in parameters], rate, betas)

    @torch.no_grad()
    def pace(self, rate: float) -> None:
        """Set the rates of the step to come, by the gradients that are there."""
        for group in self.param_groups:
            (parameter,) = group["params"]
            group["lr"] = rate / max(1.0, self._stretch(parameter, group))

    def saved(self) -> dict[str, Any]:
        """A copy of what it remembers, on the CPU, for `load_state_dict` of an optimiser on any device."""
        whole = self.state_dict()
        own = {place: {k: v.to("cpu", copy=True) for k, v in one.items()} for place, one in whole["state"].items()}
        return {**whole, "state": own}

    def _stretch(self, parameter: torch.Tensor, group: dict[str, Any]) -> float:
        """The root mean square of gradient / √v̂, where v̂ is what the step to come will divide by."""
        state, gradient = self.state[parameter], parameter.grad
        if gradient is None or not state:
            return 1.0
        beta, steps = group["betas"][1], float(state["step"]) + 1
        squares = gradient.square()
        mean = state["exp_avg_sq"].lerp(squares, 1 - beta) / (1 - beta**steps)
        return float((squares / mean.clamp_min(group["eps"] ** 2)).mean().sqrt())
