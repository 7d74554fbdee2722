"""Whole runs of training jobs in this process: only Ray is left out. Their hosts play when they are looked after.

So a test can do something at a certain update: `trouble` is called before every look at the hosts.
"""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import Engine

from arena.core.settings import Settings
from arena.store import training
from arena.store.artifacts import Artifacts
from tests.integration.jobs.desk import Desk
from workers.jobs import process
from workers.jobs.kinds import train
from workers.jobs.training import recorder, trainer
from workers.learner.spec import Spec
from workers.rollout.done import Done
from workers.rollout.host import RolloutHost

TURN_S = 0.01


class Inline(Desk):
    """Jobs that `run` runs, with a resume point after every update unless a test says otherwise."""

    def __init__(self, engine: Engine, redis_url: str, artifacts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(engine)
        self.artifacts = Artifacts(artifacts.as_uri())
        self.trouble: Callable[[], None] = lambda: None
        rig = self

        class Crew:
            """Stands in for `workers.jobs.training.crew.Crew`."""

            def __init__(self, settings: Settings, spec: Spec, job: str) -> None:
                self.sums, self.made, self.servers_made = Done(), spec.rollout_hosts, 0
                plain = msgspec.to_builtins(spec)
                self._hosts = [RolloutHost(plain, redis_url, job) for _ in range(self.made)]

            def look(self) -> None:
                rig.trouble()
                for host in self._hosts:
                    self.sums += host.work(TURN_S)

            def close(self) -> None:
                self._hosts.clear()

        given = {"DATABASE_URL": engine.url.render_as_string(hide_password=False), "REDIS_URL": redis_url}
        for name, value in {**given, "ARTIFACTS_URL": artifacts.as_uri()}.items():
            monkeypatch.setenv(f"ARENA_{name}", value)
        monkeypatch.setattr(train, "Crew", Crew)
        monkeypatch.setattr(train, "joined", lambda _: nullcontext())
        monkeypatch.setattr(trainer, "POINT_S", 0.0)
        monkeypatch.setattr(recorder, "EVERY_S", 0.0)
        monkeypatch.setattr(process.signal, "signal", lambda *_: None)
        monkeypatch.setattr(process.logs, "start", lambda *_, **__: None)

    def run(self, job_id: UUID) -> dict[str, Any]:
        """Claim the job that waits, run it until the run ends, and give what is then known of it."""
        self.now(job_id)
        claimed = self.begin()
        assert claimed is not None
        assert claimed.id == job_id
        assert process.main(job_id, claimed.generation) == 0
        return self.seen(job_id)

    def update(self) -> int:
        """The last update that was noted, of any job."""
        with self.engine.connect() as connection:
            rows = [row for job in self.seen_all() for row in training.metrics(connection, job["id"])]
        return rows[-1].step if rows else 0
