"""Many contexts read as one batch: the beginning that all share is read once, then the rest with its trees.

Gradients flow through the shared beginning too: it is the same computation as reading each context by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from workers.policy.layout import Layout, lay_out
from workers.policy.lm.stack import Given, Part, Stack, spread
from workers.policy.policy import LegalSet, Tokens

WORTH = 4
"""Shared tokens below which one pass is cheaper than two."""
NOTHING: LegalSet = ((),)
"""A legal set that leaves nothing to decide: the prompt alone."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """N contexts: a beginning of P tokens, and what follows it laid out as N rows of L."""

    first: Tokens
    plan: Layout

    @property
    def rows(self) -> int:
        return len(self.plan.ends_N)

    @property
    def count(self) -> int:
        """Tokens to read, padding left out."""
        return len(self.first) + self.plan.count

    @property
    def longest(self) -> int:
        return len(self.first) + int(self.plan.positions_NL.max()) + 1


def sheet(prompts: Sequence[Tokens], legal: Sequence[LegalSet], end: int, shortest: int | None = None) -> Sheet:
    """Contexts with what they share taken out, but for the last token of the `shortest` prompt."""
    shared = _shared(prompts, (shortest or min(map(len, prompts))) - 1)
    return Sheet(prompts[0][:shared], lay_out([prompt[shared:] for prompt in prompts], legal, end))


def read(
    stack: Stack, page: Sheet, part: Part = "whole", inner: tuple[torch.Tensor, torch.Tensor] | None = None
) -> tuple[torch.Tensor | None, torch.Tensor]:
    """A vector for each token of the beginning (1 × P × D; none without one) and of the rows (N × L × D).

    Args:
        inner: what enters at the cut, in the same two parts, for the upper part.
    """
    size, plan, first, past = len(page.first), page.plan, None, None
    if size:
        given = Given(stack.put([page.first]), inner_NTD=inner[0] if inner else None)
        first, past = stack.run(given, part, remember=True)
        past = spread(past, page.rows)
    tokens, positions, seen_NLK = stack.put(plan.tokens_NL), stack.put(plan.positions_NL + size), plan.seen_NLL
    if size:
        rows, length = plan.tokens_NL.shape
        own = np.tile(np.tri(length, dtype=np.bool_), (rows, 1, 1)) if seen_NLK is None else seen_NLK
        seen_NLK = np.concatenate([np.ones((rows, length, size), np.bool_), own], 2)
    seen = None if seen_NLK is None else stack.put(seen_NLK)
    # Without trees, padding stands last and positions are the places: what the model takes for granted.
    told = positions if seen is not None else None
    return first, stack.run(Given(tokens, told, seen, past, inner[1] if inner else None), part)[0]


def _shared(prompts: Sequence[Tokens], most: int) -> int:
    """How many tokens all begin with, at most so many; 0 where it is not worth a pass of its own."""
    low, high = min(prompts), max(prompts)
    shared = next((at for at in range(most) if low[at] != high[at]), most) if len(prompts) > 1 else 0
    return shared if shared >= WORTH else 0
