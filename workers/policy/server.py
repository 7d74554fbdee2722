"""A policy server: a Ray actor that holds one policy for the matches of many processes. See docs/decisions/0013.

`PolicyServer` is a plain class; whoever starts one makes an actor of it with room for many calls at once. Each process
asks through a `workers.policy.batching.Remote`.
"""

import asyncio
from typing import Any

import torch

from workers.policy.batching import Answer, Local, Pair
from workers.policy.policy import build
from workers.policy.weights import unpack

CALLS = 1000
"""Calls under way at once: `max_concurrency` of the actor."""


class PolicyServer:
    """Batches what its callers ask, and swaps weights between two batches without stopping."""

    def __init__(self, backend: str, spec: dict[str, Any], seed: int) -> None:
        torch.set_num_threads(1)
        self._local = Local(build(backend, spec, seed))

    async def score(self, pairs: list[Pair]) -> list[Answer]:
        """Answers to one caller's questions."""
        return list(await asyncio.gather(*(self._local.score(*pair) for pair in pairs)))

    async def load(self, version: int, weights: bytes) -> None:
        """Play with these weights (safetensors) from the next batch on."""
        await self._local.swap(version, unpack(weights))

    async def vitals(self) -> dict[str, int]:
        """Questions answered, passes made, and the version in use."""
        local = self._local
        return {"answered": local.answered, "passes": local.passes, "version": local.policy.version}
