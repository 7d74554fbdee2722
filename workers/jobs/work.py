"""A claimed job, as its kind sees it: what is wanted, how to tell its progress, what to keep, and when to end."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.errors import JobLost, NameTaken, Unreachable
from arena.core.jobs import Progress
from arena.core.settings import Settings
from arena.core.stop import Stop
from arena.flow import runs
from arena.flow.promote import promote
from arena.flow.submit import Submission
from arena.store import jobs, training
from arena.store.artifacts import Artifacts
from arena.store.jobs import Claimed
from workers.jobs.outlast import outlast

log = logging.getLogger("arena.jobs")
T = TypeVar("T")
TELL_S = 2.0
"""Progress goes to the database, and to the feed, at most this often; the last is never left out."""


class Work:
    """One run of a job. While PostgreSQL is away it waits in `tell` and `write`: none goes on beside its successor."""

    def __init__(self, settings: Settings, engine: Engine, run: Claimed, artifacts: Artifacts, stop: Stop) -> None:
        self.settings, self.artifacts = settings, artifacts
        self._engine, self._run, self._stop = engine, run, stop
        self._latest: Progress | None = None
        self._told: Progress | None = None
        self._told_at = float("-inf")

    @property
    def id(self) -> UUID:
        return self._run.id

    @property
    def generation(self) -> int:
        """The number of this run; it rises with each."""
        return self._run.generation

    @property
    def spec(self) -> dict[str, Any]:
        """What was asked for; it fits the kind's schema."""
        return self._run.spec

    @property
    def folder(self) -> str:
        """Where its artifacts are."""
        return f"jobs/{self.id}"

    def stopping(self) -> bool:
        """Whether it was asked to end: then save what going on needs, and return."""
        return self._stop.asked

    def outlast(self, step: Callable[[], T]) -> T | None:
        """What a step gives, tried again while PostgreSQL or Redis is away; None when it is time to end first."""
        return outlast(step, self._stop)

    def tell(self, progress: Progress) -> None:
        """Tell how far it is, as often as it likes.

        Raises:
            JobLost: another run has the job.
        """
        self._latest = progress
        if progress.done == progress.of or time.monotonic() - self._told_at >= TELL_S:
            self.flush()

    def flush(self) -> None:
        """See that what was told last is known. Raises as `tell` does."""
        self._told_at = time.monotonic()
        latest = self._latest
        if latest is None or latest == self._told:
            self._hold()
        elif outlast(lambda: self._advance(latest), self._stop):
            self._told = latest

    def write(self, name: str, data: bytes) -> None:
        """Keep an artifact under the job's folder, if the job is this run's still.

        Raises:
            JobLost: another run has the job. Else what `Artifacts.write` raises.
        """
        self._hold()
        self.artifacts.write(f"{self.folder}/{name}", data)

    def measured(self, step: int, numbers: dict[str, float]) -> None:
        """Note the numbers of a step. Raises `JobLost`."""
        outlast(lambda: self._change(lambda c: training.add_metric(c, self._run, step, numbers)), self._stop)

    def checkpointed(self, step: int, folder: str, manifest: dict[str, Any], new: Submission | None) -> None:
        """Note a checkpoint that is stored, and submit it as a player version if there is one. Raises `JobLost`.

        A name that somebody took since the launch costs it its place on the ladder, and not the job.
        """
        made = step, folder, manifest
        try:
            outlast(lambda: self._change(lambda c: promote(c, self._run, made, new)), self._stop)
        except NameTaken as error:
            log.warning("the checkpoint is kept, and no player: %s", error)
            outlast(lambda: self._change(lambda c: promote(c, self._run, made, None)), self._stop)

    def _change(self, step: Callable[[Connection], None]) -> None:
        """A transaction of this run, which is the job's until it is over."""
        with self._engine.begin() as connection:
            if jobs.held(connection, self.id, self.generation) is None:
                raise self._lost()
            step(connection)

    def _hold(self) -> None:
        def look() -> bool:
            with self._engine.connect() as connection:
                return jobs.claimed(connection, self.id, self._run.generation) is not None

        held = outlast(look, self._stop)
        if held is None:
            raise Unreachable("PostgreSQL does not answer.", todo="The job goes on once it does.")
        if not held:
            raise self._lost()

    def _advance(self, progress: Progress) -> bool:
        with self._engine.begin() as connection:
            if not runs.advance(connection, self._run, progress):
                raise self._lost()
            return True

    def _lost(self) -> JobLost:
        return JobLost(f"Another run has job {self.id}.", todo="Nothing: this run ends.")
