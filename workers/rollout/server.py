"""A policy server: one process that holds a job's policy for all of its rollout hosts. See docs/decisions/0013.

A plain class; `workers.jobs.training.crew` makes a Ray actor of it, with room for many calls at once. Hosts ask it
through `workers.rollout.served`.
"""

import asyncio
import gc
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, TypeVar

import torch
from numpy.random import default_rng

from arena.stream.redis import AWAY, connect
from arena.stream.weights import Weights
from workers.learner.spec import convert
from workers.policy.batching import Gatherer
from workers.policy.inference import Held, Position, Scored, Written
from workers.rollout.done import Done
from workers.rollout.policies import Followed

log = logging.getLogger("arena.rollout")
CALLS = 1000
"""Calls under way at once: `max_concurrency` of the actor."""
T = TypeVar("T")


class PolicyServer:
    """Batches what all hosts ask, and takes over new weights between two batches without stopping.

    Everything that touches a policy is done by one thread: each answer is of one version.
    """

    def __init__(self, spec: dict[str, Any], redis_url: str, job: str) -> None:
        torch.set_num_threads(1)
        asked = convert(spec)
        self._followed = Followed(asked, Weights(connect(redis_url), job))
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="policy")
        self.newest = Gatherer(lambda positions: self._held(None).score(positions), thread=self._thread)
        # One more than the pool: a member that has just left may still sit at tables.
        self._older = lru_cache(asked.pool.size + 1)(self._make)
        self._told = time.process_time(), 0
        gc.freeze()  # as in `workers.rollout.host`

    async def refresh(self, least: int) -> tuple[int, list[int]] | None:
        """The version that it answers with, not older than `least`, and those in the pool; None if it has none."""
        return await self._alone(lambda: self._standing(least))

    async def score(self, version: int | None, positions: list[Position]) -> list[Scored]:
        """Answers to one host's questions, by the newest policy or a version of the pool. Raises `Left`."""
        gatherer = self.newest if version is None else await self._alone(lambda: self._older(version)[1])
        return list(await asyncio.gather(*map(gatherer.score, positions)))

    async def write(
        self, version: int | None, prompts: list[str], stop: str, max_tokens: int, seed: int
    ) -> list[Written]:
        """One sampled text for each prompt. Raises `Left`.

        Not batched with what others ask: what is written is a function of the weights and the seed.
        """
        return await self._alone(lambda: self._held(version).write(prompts, stop, max_tokens, default_rng(seed)))

    async def work(self, seconds: float) -> Done:
        """What it has used since it was last asked, after this time."""
        await asyncio.sleep(seconds)
        cpu, tokens = self._told
        self._told = time.process_time(), self._followed.tokens_seen
        return Done(cpu_s=self._told[0] - cpu, tokens=self._told[1] - tokens)

    async def _alone(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, do)

    def _standing(self, least: int) -> tuple[int, list[int]] | None:
        there = self._followed.refresh(least)
        return (self._followed.newest.version, self._followed.pool.versions) if there else None

    def _held(self, version: int | None) -> Held:
        """Of the newest policy, the newest weights that there are; while Redis is away those that are here will do."""
        if version is not None:
            return self._older(version)[0]
        try:
            self._followed.refresh(0)
        except AWAY as error:
            log.warning("Redis is away: %s", error)
        return self._followed.newest

    def _make(self, version: int) -> tuple[Held, Gatherer]:
        held = self._followed.older(version)
        return held, Gatherer(held.score, thread=self._thread)
