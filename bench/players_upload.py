"""Memory of the API while a checkpoint of 500 MB comes in: what it grows by at its peak, and how long it takes.

`python -m bench.players_upload [--json] [--mb N]`. A real API process on PostgreSQL and Valkey of its own; PSS.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil
from safetensors.numpy import save_file

from arena.client import Client
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.store import database, keys, players, schema
from bench.figures import Figure, report

MB = 500
TENSORS = 10
WARM_MB = 20
"""Sent before it is measured: what the first request imports and allocates is no upload's."""
MOST_MB = 64.0
START_S = 60.0
LOOK_S = 0.02


class Peak:
    """The highest memory of a process while a block runs, looked at all the time."""

    def __init__(self, pid: int) -> None:
        self._process, self._over = psutil.Process(pid), threading.Event()
        self.before_mb = self.highest_mb = self._now()

    def _now(self) -> float:
        return self._process.memory_full_info().pss / 1e6

    def __enter__(self) -> "Peak":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(LOOK_S):
            self.highest_mb = max(self.highest_mb, self._now())


def figures(mb: int = MB) -> Iterator[Figure]:
    """The peak's growth, and the upload's pace beside that of hashing the file, which the client must do first."""
    with tempfile.TemporaryDirectory(prefix="arena-upload-") as folder:
        home = Path(folder)
        with api(home) as (url, key, pid), Client(url, key) as client:
            client.upload(written(home / "warm.safetensors", WARM_MB, 1))
            file = written(home / "large.safetensors", mb, 2)
            with Peak(pid) as peak:
                began = time.perf_counter()
                done = client.upload(file)
                took = time.perf_counter() - began
            assert done["state"] == "ready"
            client.delete_upload(done["id"])
    grown = peak.highest_mb - peak.before_mb
    yield Figure(
        "players.upload_peak_mb", grown, "MB", f"the file of {mb} MB", float(mb), f"<= {MOST_MB:g}", grown <= MOST_MB
    )
    yield Figure("players.upload_mb_per_s", mb / took, "MB/s")


def written(file: Path, mb: int, seed: int) -> Path:
    """A file of weights of that size."""
    random = np.random.default_rng(seed)
    size = mb * 1_000_000 // 4 // TENSORS
    save_file({f"layers.{i}.weight": random.standard_normal(size, np.float32) for i in range(TENSORS)}, file)
    return file


@contextmanager
def api(home: Path) -> Iterator[tuple[str, str, int]]:
    """An API process: its address, an admin key and its process id."""
    postgres, valkey = Postgres(home / "postgres"), Valkey(home / "valkey")
    port = free_port()
    try:
        names = {
            "ARENA_HOME": str(home / "arena"), "ARENA_DATABASE_URL": postgres.start(),
            "ARENA_REDIS_URL": valkey.start(), "ARENA_API_PORT": str(port),
        }  # fmt: skip
        engine = database.connect(names["ARENA_DATABASE_URL"])
        schema.upgrade(engine)
        with engine.begin() as connection:
            key = keys.add(connection, players.owner(connection, "bench"), ["admin"])
        engine.dispose()
        command = [sys.executable, "-m", "arena.cli.main", "run", "api"]
        process = subprocess.Popen(command, env={**os.environ, **names}, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url)
            yield url, key, process.pid
        finally:
            process.terminate()
            process.wait(START_S)
    finally:
        valkey.stop()
        postgres.stop()


def wait_for(url: str) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(f"{url} did not get ready")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--mb", type=int, default=MB)
    options = parser.parse_args()
    report(figures(options.mb), options.json)


if __name__ == "__main__":
    main()
