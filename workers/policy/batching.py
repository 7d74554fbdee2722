"""One policy for many askers at once: while one forward pass runs, the next batch gathers. Nobody waits for a clock.

Weights are swapped between passes, so that an answer is always of one version.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from workers.policy.policy import LegalSet, Policy, Tokens

ROWS = 256
"""Pairs in one pass, at most."""
Pair = tuple[Tokens, LegalSet]


@dataclass(frozen=True, slots=True)
class Answer:
    """Log-probabilities over a legal set, and whose they are."""

    logps: NDArray[np.float32]
    version: int
    content_hash: bytes


class Batcher:
    """Gathers what is asked on one event loop, and answers in as few passes as it takes."""

    def __init__(self, policy: Policy, rows: int = ROWS) -> None:
        self.policy, self._rows = policy, rows
        self._waiting: dict[Pair, asyncio.Future[Answer]] = {}
        self._running: asyncio.Task[None] | None = None
        self._swap: tuple[int, Mapping[str, torch.Tensor]] | None = None
        self._hash = policy.content_hash
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="policy")
        self.passes = 0
        self.asked = 0
        """Questions so far, repeats of one that waited among them."""

    async def score(self, prompt: Tokens, legal: LegalSet) -> Answer:
        """What the policy thinks of one (prompt, legal set); equal questions that wait together are asked once.

        Raises what the pass raised.
        """
        self.asked += 1
        pair = prompt, legal
        found = self._waiting.get(pair)
        if found is None:
            found = self._waiting[pair] = asyncio.get_running_loop().create_future()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(found)

    async def swap(self, version: int, weights: Mapping[str, torch.Tensor]) -> None:
        """From the next pass on, play with these weights."""
        self._swap = version, weights
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await asyncio.shield(self._running)

    async def _run(self) -> None:
        await asyncio.sleep(0)  # who asks in this turn of the loop shares the first pass
        loop = asyncio.get_running_loop()
        while self._waiting or self._swap:
            swap, self._swap = self._swap, None
            pairs = list(self._waiting)[: self._rows]
            futures = [self._waiting.pop(pair) for pair in pairs]
            try:
                answers = await loop.run_in_executor(self._thread, self._pass, pairs, swap)
            except Exception as error:
                for future in futures:
                    future.set_exception(error)
                    future.exception()  # its asker may have gone
            else:
                for future, answer in zip(futures, answers, strict=True):
                    future.set_result(answer)

    def _pass(self, pairs: Sequence[Pair], swap: tuple[int, Mapping[str, torch.Tensor]] | None) -> list[Answer]:
        if swap is not None:
            self.policy.load(swap[1], swap[0])
            self._hash = self.policy.content_hash
        if not pairs:
            return []
        self.passes += 1
        found = self.policy.score([p for p, _ in pairs], [s for _, s in pairs])
        return [Answer(logps, self.policy.version, self._hash) for logps in found]
