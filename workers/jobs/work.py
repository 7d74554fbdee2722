"""A claimed job, as its kind sees it: what is wanted, how to tell its progress, and when to end."""

import threading
from dataclasses import asdict, dataclass, field
from uuid import UUID

from sqlalchemy import Engine

from arena.core.errors import JobLost
from arena.core.jobs import Progress
from arena.core.settings import Settings
from arena.store import jobs, outbox
from arena.store.artifacts import Artifacts
from arena.store.jobs import Claimed


@dataclass(frozen=True, slots=True)
class Work:
    """One run of a job."""

    settings: Settings
    engine: Engine
    claimed: Claimed
    artifacts: Artifacts
    asked_to_stop: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self) -> UUID:
        return self.claimed.id

    @property
    def folder(self) -> str:
        """Where its artifacts go."""
        return f"jobs/{self.id}"

    def stopping(self) -> bool:
        """Whether it was asked to end: then save what going on needs, and return."""
        return self.asked_to_stop.is_set()

    def tell(self, progress: Progress) -> None:
        """Tell how far it is.

        Raises:
            JobLost: another run has the job.
        """
        plain = asdict(progress)
        with self.engine.begin() as connection:
            if not jobs.told(connection, self.id, self.claimed.generation, plain):
                raise JobLost(f"Another run has job {self.id}.", todo="Nothing: this run ends.")
            outbox.add(connection, [("job.progress", {"job_id": str(self.id), **plain})])
