"""One policy for many askers at once: while one batch is answered, the next gathers. Nobody waits for a clock.

`Gatherer` is what a process's matches ask; it answers from a policy of its own (`Local`) or from a server (`Remote`).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workers.policy.policy import LegalSet, Policy, Tokens

ROWS = 256
"""Questions in one batch, at most."""
Pair = tuple[Tokens, LegalSet]


@dataclass(frozen=True, slots=True)
class Answer:
    """Log-probabilities over a legal set, and whose they are."""

    logps: NDArray[np.float32]
    version: int
    content_hash: bytes


class Gatherer(ABC):
    """Gathers what is asked on one event loop. Equal questions that wait together are asked once."""

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows
        self._waiting: dict[Pair, asyncio.Future[Answer]] = {}
        self._running: asyncio.Task[None] | None = None

    async def score(self, prompt: Tokens, legal: LegalSet) -> Answer:
        """What the policy thinks of one (prompt, legal set). Raises what its batch raised."""
        pair = prompt, legal
        found = self._waiting.get(pair)
        if found is None:
            found = self._waiting[pair] = asyncio.get_running_loop().create_future()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(found)

    @abstractmethod
    async def answer(self, pairs: Sequence[Pair]) -> Sequence[Answer]:
        """Answers to one batch."""

    async def _run(self) -> None:
        await asyncio.sleep(0)  # who asks in this turn of the loop shares the first batch
        while self._waiting:
            pairs = list(self._waiting)[: self._rows]
            futures = [self._waiting.pop(pair) for pair in pairs]
            try:
                answers = await self.answer(pairs)
            except Exception as error:  # it is the askers' to handle
                for future in futures:
                    future.set_exception(error)
                    future.exception()  # its asker may have gone
            else:
                for future, answer in zip(futures, answers, strict=True):
                    future.set_result(answer)


class Local(Gatherer):
    """Answers from a policy in this process, in a thread of its own, so that matches go on meanwhile."""

    def __init__(self, policy: Policy, rows: int = ROWS) -> None:
        super().__init__(rows)
        self.policy = policy
        self.passes = self.answered = 0
        self._hash = policy.content_hash
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="policy")

    async def answer(self, pairs: Sequence[Pair]) -> Sequence[Answer]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._pass, pairs)

    async def swap(self, version: int, weights: Mapping[str, torch.Tensor]) -> None:
        """Answer with these weights from the next batch on: each answer is of one version."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._load, version, weights)

    def _load(self, version: int, weights: Mapping[str, torch.Tensor]) -> None:
        self.policy.load(weights, version)
        self._hash = self.policy.content_hash

    def _pass(self, pairs: Sequence[Pair]) -> list[Answer]:
        self.passes += 1
        self.answered += len(pairs)
        found = self.policy.score([p for p, _ in pairs], [s for _, s in pairs])
        return [Answer(logps, self.policy.version, self._hash) for logps in found]


class Remote(Gatherer):
    """Answers from a `workers.policy.server.PolicyServer`: a call a batch, not a call a question."""

    def __init__(self, server: Any, rows: int = ROWS) -> None:
        super().__init__(rows)
        self._server = server

    async def answer(self, pairs: Sequence[Pair]) -> Sequence[Answer]:
        return await self._server.score.remote(list(pairs))
