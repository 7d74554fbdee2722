"""A policy server: a Ray actor that holds one policy for the matches of many processes. See docs/decisions/0013.

`PolicyServer` is a plain class; whoever starts one makes an actor of it with room for many calls at once.
"""

import asyncio
from typing import Any

import torch
from safetensors.torch import load

from workers.policy.batching import Answer, Batcher
from workers.policy.policy import LegalSet, Tokens, build

CALLS = 1000
"""Calls under way at once: `max_concurrency` of the actor."""


class PolicyServer:
    """Batches what its callers ask, and swaps weights between two passes without stopping."""

    def __init__(self, backend: str, spec: dict[str, Any], seed: int) -> None:
        torch.set_num_threads(1)
        self._batcher = Batcher(build(backend, spec, seed))

    async def score(self, pairs: list[tuple[Tokens, LegalSet]]) -> list[Answer]:
        """Answers to one caller's questions, all of them at once."""
        return list(await asyncio.gather(*(self._batcher.score(*pair) for pair in pairs)))

    async def load(self, version: int, weights: bytes) -> None:
        """Play with these weights (safetensors) from the next pass on."""
        await self._batcher.swap(version, load(weights))

    async def vitals(self) -> dict[str, int]:
        """Questions asked, passes made, and the version in use."""
        batcher = self._batcher
        return {"asked": batcher.asked, "passes": batcher.passes, "version": batcher.policy.version}
