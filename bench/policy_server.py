"""Decisions a second of one policy: one by one, gathered from the matches of a process, and by a Ray policy server.

`python -m bench.policy_server [--json]`. A small policy is asked about random Leduc and tic-tac-toe, SmolLM2-135M about
Leduc poker with its rules in prose; each position afresh: nothing is remembered between questions, as nothing is in a
large game. The server is asked as rollout hosts ask it: by two at once, a call for each ply of all their matches.
"""

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import ray
import torch
from rich.console import Console

from arena.core.errors import BadSpec
from arena.embedded.valkey import Valkey
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.redis import connect
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.weights import Weights
from bench.figures import Figure, report
from games import catalog
from games.rules import OVER
from workers.learner.spec import Spec, convert
from workers.policy.batching import Gatherer
from workers.policy.inference import Held, Position
from workers.policy.lm import smollm2
from workers.policy.policy import Policy, build
from workers.policy.prompts import FORMATS
from workers.policy.weights import pack
from workers.rollout.served import Served
from workers.rollout.server import CALLS, PolicyServer

MATCHES = 64
"""Matches under way at once: each asks again when it is answered."""
HOSTS = 2
POSITIONS = 500
"""Leduc poker has 936."""
RUNS = 3
TINY: dict[str, Any] = {"backend": "tiny", "spec": {"width": 64, "layers": 2, "context": 40}}
SMOLLM2: dict[str, Any] = {
    "backend": "transformers", "spec": {"model": "smollm2", "train": "top", "layers": 1, "chat": False, "cache_mb": 0},
}  # fmt: skip


@dataclass
class Asked:
    """A policy and what it is asked."""

    policy: dict[str, Any]
    games: tuple[str, ...]
    prompt: str
    seconds: float
    """Of each way in each run, at least."""
    rates: list[tuple[float, ...]] = field(default_factory=list)

    @property
    def spec(self) -> Spec:
        return convert({"name": "asked", "games": [{"name": name} for name in self.games], "policy": self.policy})

    def positions(self) -> list[Position]:
        """Different positions of random play."""
        rng, found = random.Random(0), dict[Position, None]()
        while len(found) < POSITIONS:
            rules = catalog.load(rng.choice(self.games))
            state = rules.start(rng.getrandbits(60))
            while state.seat != OVER:
                legal = tuple(state.legal())
                prompt = FORMATS[self.prompt](rules.facts, state.view(state.seat, "compact"), legal)
                found[Position(prompt, legal)] = None
                state.apply(rng.choice(legal))
        return list(found)[:POSITIONS]


def rate(seconds: float, ask: Callable[[random.Random], int], seed: int = 0) -> float:
    """Decisions a second of an asker that gets so many at a time."""
    rng, began, done = random.Random(seed), time.perf_counter(), 0
    while (took := time.perf_counter() - began) < seconds:
        done += ask(rng)
    return done / took


def one_by_one(policy: Policy, asked: Asked, positions: list[Position]) -> float:
    """A pass each."""
    held = Held(policy)
    return rate(asked.seconds, lambda rng: len(held.score([rng.choice(positions)])))


def gathered(policy: Policy, asked: Asked, positions: list[Position]) -> float:
    """`MATCHES` askers in the policy's own process, each with one question at a time."""
    gatherer, counts = Gatherer(Held(policy).score), [0] * MATCHES
    began = time.perf_counter()

    async def play(match: int) -> None:
        rng = random.Random(match)
        while time.perf_counter() < began + asked.seconds:
            await gatherer.score(rng.choice(positions))
            counts[match] += 1

    async def all_play() -> None:
        await asyncio.gather(*map(play, range(MATCHES)))

    asyncio.run(all_play())
    return sum(counts) / (time.perf_counter() - began)


@contextmanager
def server(asked: Asked, policy: Policy, redis_url: str) -> Iterator[Served]:
    """A policy server on Ray, which has the policy from Redis as in a job."""
    client = connect(redis_url)
    intake = Intake(RedisTrajectories(client, "bench"), Rule(1, 0, 1), 0)
    Weights(client, "bench").publish(intake.reader, policy.version, pack(policy.state()), {}, [])
    remote = ray.remote(num_cpus=0.5, max_concurrency=CALLS)(PolicyServer)
    served = Served(asked.spec)
    served.server = remote.remote(msgspec.to_builtins(asked.spec), redis_url, "bench")
    try:
        assert served.refresh(0)
        yield served
    finally:
        ray.kill(served.server)


def through(served: Served, asked: Asked, positions: list[Position]) -> float:
    """`HOSTS` that hold `MATCHES` together."""

    def host(number: int) -> float:
        ply = MATCHES // HOSTS
        return rate(asked.seconds, lambda rng: len(served.newest.score(rng.choices(positions, k=ply))), number)

    with ThreadPoolExecutor(HOSTS) as hosts:
        return sum(hosts.map(host, range(HOSTS)))


def measure(asked: Asked, redis_url: str) -> tuple[float, ...]:
    """Medians: one by one, gathered, served."""
    policy, positions = build(asked.policy["backend"], asked.policy["spec"], 0), asked.positions()
    with server(asked, policy, redis_url) as served:
        for _ in range(RUNS):
            alone, near = one_by_one(policy, asked, positions), gathered(policy, asked, positions)
            asked.rates.append((alone, near, through(served, asked, positions)))
    return tuple(statistics.median(rates) for rates in zip(*asked.rates, strict=True))


def figures(redis_url: str) -> Iterator[Figure]:
    alone, near, far = measure(Asked(TINY, ("leduc_poker", "tic_tac_toe"), "named", 3.0), redis_url)
    name, peer = "policy_server", ("one by one", alone)
    met = near >= 5 * alone
    yield Figure(f"{name}.batching_ratio", near / alone, "x", target=">= 5", meets=met, seeds=RUNS)
    yield Figure(f"{name}.batched_per_s", near, "1/s", *peer, seeds=RUNS)
    yield Figure(f"{name}.ray_per_s", far, "1/s", *peer, seeds=RUNS)
    try:
        smollm2.folder()
    except BadSpec as error:
        print(f"SmolLM2 is left out: {error} See docs/policies.md.", file=sys.stderr)
        return
    alone, near, far = measure(Asked(SMOLLM2, ("leduc_poker",), "told", 10.0), redis_url)
    yield Figure(f"{name}.smollm2_batching_ratio", far / alone, "x", seeds=RUNS)
    yield Figure(f"{name}.smollm2_batched_per_s", near, "1/s", "one by one", alone, seeds=RUNS)
    yield Figure(f"{name}.smollm2_ray_per_s", far, "1/s", "one by one", alone, seeds=RUNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Console(stderr=True).status("asking"):
        valkey = Valkey(Path(folder))
        ray.init(
            address="local", num_cpus=2, include_dashboard=False, object_store_memory=78_643_200, log_to_driver=False
        )
        try:
            report(figures(valkey.start()), options.json)
        finally:
            ray.shutdown()
            valkey.stop()


if __name__ == "__main__":
    main()
