"""Trajectories a second from what was played to what can be learnt from: bundled, packed, queued, read and unpacked.

`python -m bench.trajectories [--json] [--seconds S]`. One process writes and one reads, as a host and a learner would,
through the arena's own server; beside it, in the same run, the same two push the same bytes through bare Redis.
"""

import argparse
import multiprocessing
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import psutil
import redis

from arena.core.bundling import Bundler, Decision
from arena.core.trajectory import Setting, Source, pack
from arena.core.wire import Stop
from arena.embedded.valkey import Valkey
from arena.stream.admission import Rule
from arena.stream.intake import Intake
from arena.stream.producer import Producer
from arena.stream.redis import connect
from arena.stream.redis_trajectories import RedisTrajectories
from arena.stream.results import entries
from arena.stream.trajectories import Answer
from bench.figures import Figure, report
from games import catalog

TARGET = 20_000
BUNDLE = 128
BATCH = 1024
RULE = Rule(batch=BATCH, max_staleness=2, max_running=8 * BATCH)
SETTING = Setting("kuhn_poker", "standard", "prose", 1)
SAVE_EVERY = 5
PIPELINE = 16
WARM_S = 1.0
HANDS = 20_000
ROUNDS = 3

Hand = tuple[int, list[tuple[tuple[int, ...], tuple[tuple[int, ...], ...], int, float]], float]
"""A seat, its decisions (prompt, legal set, action, log-probability) and its score."""


def hands(count: int) -> list[Hand]:
    """What both seats did in hands of Kuhn poker played at random, prompts and actions as character tokens."""
    rules, draw, found = catalog.load("kuhn_poker"), random.Random(1), list[Hand]()
    for seed in range(count // 2):
        state = rules.start(seed)
        turns: list[Any] = [[], []]
        while state.seat >= 0:
            ids, names = state.legal_ids(), state.legal()
            pick = draw.randrange(len(ids))
            texts = tuple(tuple(map(ord, name)) for name in names)
            prompt = tuple(map(ord, state.view(state.seat, "prose")))
            turns[state.seat].append((prompt, texts, pick, draw.uniform(-1.5, -0.1)))
            state.apply_id(ids[pick])
        found += [(seat, turns[seat], score) for seat, score in enumerate(state.returns())]
    return found


def fill(bundler: Bundler, played: list[Hand], start: int, version: int, count: int) -> None:
    """Add hands, chosen by the policy of `version`."""
    source = Source(version, b"0123456789abcdef0123456789abcdef")
    for number in range(start, start + count):
        seat, decisions, score = played[number % len(played)]
        turns = [Decision(prompt, source, [logp], legal, action) for prompt, legal, action, logp in decisions]
        bundler.add(SETTING, seat, ["policy:1"], turns, (score, Stop.WIN if score > 0 else Stop.LOSS))


def write(url: str, job: str, over: Event) -> None:
    """A host that only sends: as much as is admitted, bundle by bundle."""
    producer, played = Producer(RedisTrajectories(connect(url), job), "host"), hands(HANDS)
    sent = 0
    while not over.is_set():
        grant = producer.admit(BUNDLE)
        if not grant.granted:
            time.sleep(0.001)
            continue
        fill(producer.bundler, played, sent, grant.version, grant.granted)
        sent += grant.granted
        bundle = producer.bundler.bundle()
        while producer.send(bundle) is Answer.FULL and not over.is_set():
            time.sleep(0.001)


def learn(url: str, job: str) -> Iterator[int]:
    """A learner that only reads, with a resume point now and then; how many it got each time."""
    intake = Intake(RedisTrajectories(connect(url), job), RULE, 0)
    version = 0
    while True:
        taken = sum(len(bundle.trajectories) for bundle in intake.take(BATCH, version, 0.5))
        if taken:
            version += 1
            intake.publish(version)
        if version % SAVE_EVERY == 0:
            intake.acknowledge(intake.point())
        yield taken


def write_bare(url: str, job: str, over: Event) -> None:
    """The same bytes, packed once, in pipelines."""
    client, played = connect(url), hands(HANDS)
    bundler, blobs = Bundler(job, 0, "host"), list[bytes]()
    for start in range(0, HANDS, BUNDLE):
        fill(bundler, played, start, 0, BUNDLE)
        blobs.append(pack(bundler.bundle()))
    sent = 0
    while not over.is_set():
        with client.pipeline(transaction=False) as pipe:
            for number in range(sent, sent + PIPELINE):
                pipe.xadd(job, {"blob": blobs[number % len(blobs)]}, maxlen=4 * PIPELINE, approximate=True)
            pipe.execute()
        sent += PIPELINE


def learn_bare(url: str, job: str) -> Iterator[int]:
    """Reads whatever is there; a reader that falls behind loses entries, which are not counted."""
    client: redis.Redis = connect(url)
    last: Any = "0-0"
    while True:
        found = entries(client.xread({job: last}, count=PIPELINE, block=500))
        last = found[-1][0] if found else last
        yield BUNDLE * len(found)


@contextmanager
def writing(target: Callable[[str, str, Event], None], url: str, job: str) -> Iterator[int]:
    """The writer beside us; its process id."""
    over = multiprocessing.get_context("spawn").Event()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(url, job, over), daemon=True)
    process.start()
    try:
        yield process.pid or 0
    finally:
        over.set()
        process.join()


def measure(reading: Iterator[int], pids: list[int], seconds: float) -> tuple[float, float]:
    """(trajectories a second, trajectories a CPU-second of every process), once both ends run."""
    while not next(reading):
        pass
    until = time.monotonic() + WARM_S
    while time.monotonic() < until:
        next(reading)
    spent, began, count = _cpu(pids), time.monotonic(), 0
    while time.monotonic() - began < seconds:
        count += next(reading)
    return count / (time.monotonic() - began), count / (_cpu(pids) - spent)


def _cpu(pids: list[int]) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def figures(seconds: float) -> list[Figure]:
    """Both measurements, in turns; medians."""
    rates: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as folder:
        server = Valkey(Path(folder, "valkey"))
        url = server.start()
        assert server.pid
        try:
            for number in range(ROUNDS):
                for name, target, reader in (("ours", write, learn), ("bare", write_bare, learn_bare)):
                    job = f"{name}{number}"
                    with writing(target, url, job) as pid:
                        rates[name].append(measure(reader(url, job), [os.getpid(), pid, server.pid], seconds / ROUNDS))
        finally:
            server.stop()
    (rate, per_cpu), (bare, bare_cpu) = ([statistics.median(c) for c in zip(*rates[n], strict=True)] for n in rates)
    goal, peer = f">= {TARGET}", "bare Redis pipelines of the same bytes"
    return [
        Figure("trajectories.per_s", rate, "1/s", peer, bare, goal, rate >= TARGET, ROUNDS),
        Figure("trajectories.per_cpu_s", per_cpu, "1/cpu_s", peer, bare_cpu, seeds=ROUNDS),
        Figure("trajectories.bytes_each", _bytes_each(), "bytes"),
    ]


def _bytes_each() -> float:
    bundler = Bundler("job", 0, "host")
    fill(bundler, hands(BUNDLE), 0, 0, BUNDLE)
    return len(pack(bundler.bundle())) / BUNDLE


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=9.0, help="length of each measurement, over its rounds")
    options = parser.parse_args()
    report(figures(options.seconds), json=options.json)


if __name__ == "__main__":
    main()
