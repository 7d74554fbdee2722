"""Job runners as processes, with a PostgreSQL and a Ray head of their own, every one of which a test may kill."""

import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
from sqlalchemy import Engine

from arena.cli.supervise.parts import Part
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.store import database, schema
from arena.store.artifacts import Artifacts
from tests.integration.jobs.desk import Desk
from tests.patience import until
from workers.match import head

LEASE_S = 2
SPEC = {
    "game": "connect_four", "matches": 24, "matches_per_file": 2, "seed": 11,
    "seats": [{"kind": "mcts", "spec": {"simulations": 250}}, {"kind": "mcts", "spec": {"simulations": 150}}],
}  # fmt: skip
"""Some seconds of play."""


class Runners(Desk):
    """`runner` is the one that is watched; `another` starts one more. `given` is what they all get to know."""

    def __init__(self, home: Path, engine: Engine, given: dict[str, str]) -> None:
        super().__init__(engine)
        self.home = home
        self._given = given
        self.artifacts = Artifacts((home / "artifacts").as_uri())
        self.runners: list[Part] = []
        self.another()

    @property
    def runner(self) -> Part:
        return self.runners[-1]

    def another(self) -> Part:
        """One more runner."""
        run = [sys.executable, "-m", "arena.cli.main", "run", "jobs"]
        log = self.home / f"jobs-{len(self.runners)}.log"
        self.runners.append(Part("jobs", run, self._given, log))
        self.runner.start()
        return self.runner

    def close(self) -> None:
        for part in self.runners:
            part.stop()

    def child(self) -> psutil.Process:
        """The process in which the runner's job runs."""
        assert self.runner.pid is not None
        (found,) = psutil.Process(self.runner.pid).children()
        return found

    def plays_on(self, job_id: UUID) -> None:
        """Wait until more of it is stored, and much is not."""
        before = len(self.files(job_id))
        until("another file", lambda: len(self.files(job_id)) > before)
        assert self.seen(job_id)["state"] == "running"

    def log(self) -> str:
        """What the runner has logged."""
        return (self.home / f"jobs-{len(self.runners) - 1}.log").read_text()

    def dates(self, job_id: UUID) -> dict[str, int]:
        """When each of its files was stored."""
        folder = self.home / "artifacts/jobs" / str(job_id)
        return {name: (folder / name).stat().st_mtime_ns for name in self.files(job_id)}

    def state(self, job_id: UUID, state: str) -> dict[str, Any]:
        """The job once it is in this state, or has ended otherwise."""
        until(f"it to be {state}", lambda: self.seen(job_id)["state"] in {state, "done", "failed", "cancelled"})
        seen = self.seen(job_id)
        assert seen["state"] == state, seen
        return seen

    def files(self, job_id: UUID) -> dict[str, bytes]:
        """What it stored, the manifest apart: that one names the job."""
        folder = f"jobs/{job_id}"
        names = set(self.artifacts.names(folder)) - {"manifest.json"}
        return {name: self.artifacts.read(f"{folder}/{name}") for name in names}


class JobRig(Runners):
    """With a PostgreSQL and a Ray head of its own."""

    def __init__(self, home: Path, redis_url: str) -> None:
        self.postgres = Postgres(home / "postgres")
        url = self.postgres.start()
        engine = database.connect(url)
        schema.upgrade(engine)
        port = free_port()
        given = {
            **head.environment(home / "ray.token"), "ARENA_HOME": str(home), "ARENA_DATABASE_URL": url,
            "ARENA_REDIS_URL": redis_url, "ARENA_RAY_ADDRESS": f"127.0.0.1:{port}", "ARENA_LEASE_S": str(LEASE_S),
            "ARENA_HOSTS": "1",
        }  # fmt: skip
        self.ray = Part("ray", head.command(home, port), given, home / "ray.log")
        self.ray.start()
        super().__init__(home, engine, given)

    def close(self) -> None:
        super().close()
        self.ray.stop()
        self.engine.dispose()
        self.postgres.stop()
        head.sweep(self.home)
