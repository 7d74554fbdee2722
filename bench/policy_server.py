"""Decisions a second when many matches ask one policy: through a gatherer, through a Ray policy server, and one by one.

`python -m bench.policy_server [--json]`. Positions are of random Leduc and tic-tac-toe play, each asked afresh: nothing
is remembered between questions, as nothing is in a large game.
"""

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import ray
import torch
from rich.console import Console

from bench.figures import Figure, report
from games import catalog
from games.rules import OVER
from workers.policy.batching import Local, Remote
from workers.policy.policy import LegalSet, Policy, Tokens, build
from workers.policy.prompts import named
from workers.policy.server import CALLS, PolicyServer

MATCHES = 64
"""Matches under way at once: each asks again when it is answered."""
SECONDS = 3.0
RUNS = 3
SPEC = {"width": 64, "layers": 2, "context": 40}
Pair = tuple[Tokens, LegalSet]


def positions(policy: Policy, count: int) -> list[Pair]:
    """Different positions as the policy reads them."""
    rng, found = random.Random(0), dict[Pair, None]()
    while len(found) < count:
        name = rng.choice(["leduc_poker", "tic_tac_toe"])
        state = catalog.load(name).start(rng.getrandbits(60))
        while state.seat != OVER:
            prompt = named(catalog.load(name).facts, state.view(state.seat, "compact"), state.legal())
            found[policy.encode(prompt), tuple(policy.encode(a) for a in state.legal())] = None
            state.apply(rng.choice(state.legal()))
    return list(found)[:count]


def one_by_one(policy: Policy, pairs: list[Pair]) -> float:
    """Decisions a second, a pass each."""
    began, done = time.perf_counter(), 0
    while (took := time.perf_counter() - began) < SECONDS:
        prompt, legal = pairs[done % len(pairs)]
        policy.score([prompt], [legal])
        done += 1
    return done / took


async def together(ask: Callable[[Pair], Awaitable[Any]], pairs: list[Pair]) -> float:
    """Decisions a second of `MATCHES` askers, each with one question at a time."""
    until = time.perf_counter() + SECONDS
    counts = [0] * MATCHES

    async def play(match: int) -> None:
        rng = random.Random(match)
        while time.perf_counter() < until:
            await ask(rng.choice(pairs))
            counts[match] += 1

    began = time.perf_counter()
    await asyncio.gather(*(play(match) for match in range(MATCHES)))
    return sum(counts) / (time.perf_counter() - began)


async def served(pairs: list[Pair]) -> float:
    """The same through a Ray actor: what the matches of one process ask together is one call."""
    server = ray.remote(num_cpus=0.5, max_concurrency=CALLS)(PolicyServer).remote("tiny", SPEC, 0)
    await server.vitals.remote()
    try:
        remote = Remote(server)
        return await together(lambda pair: remote.score(*pair), pairs)
    finally:
        ray.kill(server)


async def batched(pairs: list[Pair]) -> float:
    """The same through a gatherer in the matches' own process."""
    local = Local(build("tiny", SPEC, 0))
    return await together(lambda pair: local.score(*pair), pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    torch.set_num_threads(1)
    policy = build("tiny", SPEC, 0)
    pairs = positions(policy, 1000)
    single: list[float] = []
    batches: list[float] = []
    calls: list[float] = []
    with Console(stderr=True).status("asking"):
        ray.init(
            address="local", num_cpus=2, include_dashboard=False, object_store_memory=78_643_200, log_to_driver=False
        )
        for _ in range(RUNS):
            single.append(one_by_one(policy, pairs))
            batches.append(asyncio.run(batched(pairs)))
            calls.append(asyncio.run(served(pairs)))
        ray.shutdown()
    alone, gathered, remote = (statistics.median(x) for x in (single, batches, calls))
    report(
        [
            Figure(
                "policy_server.batching_ratio", gathered / alone, "x", target=">= 5", meets=gathered >= 5 * alone,
                seeds=RUNS,
            ),
            Figure("policy_server.batched_per_s", gathered, "1/s", "one by one", alone, seeds=RUNS),
            Figure("policy_server.ray_per_s", remote, "1/s", "one by one", alone, seeds=RUNS),
        ],
        options.json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
