"""What an arena costs to start, to keep and to stop: `python -m bench.startup`.

Beside it, in the same run: Ray alone, which is most of what must start; and Python alone, beside the command's help.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console

from arena.cli.supervise.home import Home
from arena.embedded.launch import free_port
from bench.figures import Figure, report

RUNS = 3
HELP_RUNS = 7
SETTLE_S = 20.0
"""What a fresh start still has to do is not rest."""
REST_S = 60.0
RAY_ALONE = """
import ray
ray.init(address="local", num_cpus=2, include_dashboard=False, object_store_memory=78643200, log_to_driver=False)
@ray.remote(num_cpus=0.5)
class Actor:
    def answer(self):
        return True
ray.get(Actor.remote().answer.remote())
"""


@dataclass
class Measured:
    """Lists hold one value a run."""

    help_s: list[float] = field(default_factory=list[float])
    python_s: list[float] = field(default_factory=list[float])
    ready_s: list[float] = field(default_factory=list[float])
    stop_s: list[float] = field(default_factory=list[float])
    ray_s: list[float] = field(default_factory=list[float])
    pss_mb: float = 0.0
    ray_pss_mb: float = 0.0
    playing: float = 0.0
    idle: float = 0.0


def measure(say: Callable[[str], object]) -> Measured:
    """Start `RUNS` arenas one after the other, watch the last, then one that schedules nothing."""
    m = Measured()
    say("timing the help")
    for _ in range(HELP_RUNS):
        m.help_s.append(_seconds([sys.executable, "-m", "arena.cli.main", "--help"]))
        m.python_s.append(_seconds([sys.executable, "-c", "pass"]))
    for run in range(RUNS):
        say(f"start {run + 1} of {RUNS}")
        m.ray_s.append(_seconds([sys.executable, "-c", RAY_ALONE]))
        with _arena() as arena:
            m.ready_s.append(arena.ready_s)
            if run == RUNS - 1:
                say("watching it at rest")
                m.playing = arena.share()
                m.pss_mb, m.ray_pss_mb = arena.pss_mb()
        m.stop_s.append(arena.stop_s)
    say("watching one that schedules nothing")
    with _arena(ARENA_PACE="0") as arena:
        m.idle = arena.share()
    return m


def figures(m: Measured) -> Iterator[Figure]:
    """What was measured, beside its peers and targets."""
    ready, ray, stop = (statistics.median(x) for x in (m.ready_s, m.ray_s, m.stop_s))
    helped, bare = statistics.median(m.help_s), statistics.median(m.python_s)
    yield Figure("startup.ready_s", ready, "s", "Ray and one actor", ray, "<= 15", ready <= 15, RUNS)
    yield Figure("startup.stop_s", stop, "s", target="<= 10", meets=stop <= 10, seeds=RUNS)
    yield Figure("memory.arena_mb", m.pss_mb, "MB", "its Ray", m.ray_pss_mb, "<= 1500", m.pss_mb <= 1500)
    yield Figure("cpu.at_rest_share", m.playing, "of a core", "nothing scheduled", m.idle, "<= 0.1", m.playing <= 0.1)
    yield Figure("cli.help_s", helped, "s", "python -c pass", bare, "<= 0.4", helped <= 0.4, HELP_RUNS)


class _Arena:
    """A running arena, and how long it took."""

    def __init__(self, pid: int, ready_s: float) -> None:
        self._supervisor = psutil.Process(pid)
        self.ready_s, self.stop_s = ready_s, 0.0

    def share(self) -> float:
        """CPU seconds a second of all of its processes."""
        time.sleep(SETTLE_S)
        before, began = self._cpu(), time.monotonic()
        time.sleep(REST_S)
        after, took = self._cpu(), time.monotonic() - began
        return sum(spent - before.get(pid, 0.0) for pid, spent in after.items()) / took

    def pss_mb(self) -> tuple[float, float]:
        """Memory of all of its processes, shared pages counted once; and of Ray's own among them."""
        sizes = [(_is_ray(p), p.memory_full_info().pss / 1e6) for p in self._processes()]
        return sum(size for _, size in sizes), sum(size for ray, size in sizes if ray)

    def _cpu(self) -> dict[int, float]:
        return {p.pid: p.cpu_times().user + p.cpu_times().system for p in self._processes()}

    def _processes(self) -> list[psutil.Process]:
        return [self._supervisor, *self._supervisor.children(recursive=True)]


def _is_ray(process: psutil.Process) -> bool:
    words = " ".join(process.cmdline())
    return "/ray/" in words or "/ray start" in words or words.startswith("ray")


@contextmanager
def _arena(**environment: str) -> Generator[_Arena]:
    """A fresh arena, started as a user starts one; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="arena-startup-") as folder:
        home = Home(Path(folder) / "home")
        names = {"ARENA_HOME": str(home.path), "ARENA_API_PORT": str(free_port()), **environment}
        command = [sys.executable, "-m", "arena.cli.main"]
        ready_s = _seconds([*command, "up", "--detach"], **names)
        pid = home.holder()
        assert pid is not None
        arena = _Arena(pid, ready_s)
        try:
            yield arena
        finally:
            arena.stop_s = _seconds([*command, "down"], **names)


def _seconds(command: list[str], **environment: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.perf_counter() - began


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    with Console(stderr=True).status("starting") as status:
        measured = measure(status.update)
    report(figures(measured), options.json)
