"""A whole arena to measure: started as a user starts one, in a folder of its own, and stopped at the end."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from arena.cli.supervise.home import Home
from arena.embedded.launch import free_port

SETTLE_S = 60.0
"""What a fresh start still has to do is not rest."""
REST_S = 60.0


class Arena:
    """A running arena, and how long it took."""

    def __init__(self, home: Home, url: str, ready_s: float) -> None:
        pid = home.holder()
        assert pid is not None
        self._supervisor = psutil.Process(pid)
        self.home, self.url = home.path, url
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
def started(**environment: str) -> Generator[Arena]:
    """A fresh arena, started as a user starts one; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="arena-startup-") as folder:
        home = Home(Path(folder) / "home")
        port = free_port()
        names = {"ARENA_HOME": str(home.path), "ARENA_API_PORT": str(port), **environment}
        command = [sys.executable, "-m", "arena.cli.main"]
        ready_s = seconds([*command, "up", "--detach"], **names)
        arena = Arena(home, f"http://127.0.0.1:{port}", ready_s)
        try:
            yield arena
        finally:
            arena.stop_s = seconds([*command, "down"], **names)


def seconds(command: list[str], **environment: str) -> float:
    """How long a command takes, which must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    return time.perf_counter() - began
