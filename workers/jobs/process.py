"""The process in which one run of a job happens: `python -m workers.jobs.process ID GENERATION`. A runner starts it.

It ends with 0 when the job is over or was asked to stop; what else it ends with, or by, counts as a crash.
"""

import logging
import signal
import sys
from uuid import UUID

from arena.core import logs
from arena.core.errors import ArenaError, JobLost
from arena.core.jobs import KINDS, State
from arena.core.redaction import know_settings
from arena.core.settings import Settings
from arena.flow.launch import leave
from arena.store import database, jobs
from arena.store.artifacts import Artifacts
from workers.jobs.work import Work

log = logging.getLogger("arena.jobs")


def main(job_id: UUID, generation: int) -> None:
    """Run a claimed job to its end, or until SIGTERM."""
    settings = Settings.read()
    know_settings(settings)
    logs.start("job", as_json=settings.log_json, job_id=str(job_id))
    assert settings.database_url
    engine = database.connect(settings.database_url)
    with engine.connect() as connection:
        claimed = jobs.claimed(connection, job_id, generation)
    if claimed is None:
        log.warning("another run has the job")
        return
    work = Work(settings, engine, claimed, Artifacts(settings.artifacts))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: work.asked_to_stop.set())
    try:
        KINDS.load(claimed.kind).run(work)
    except JobLost as error:
        log.warning("%s", error)
        return
    except ArenaError as error:  # what has a code will not change by trying again
        log.error("%s", error)
        state, reason = State.FAILED, f"{error} [{error.code}]"
    else:
        if work.stopping():
            return
        state, reason = State.DONE, None
    with engine.begin() as connection:
        leave(connection, job_id, generation, state, reason)


if __name__ == "__main__":
    main(UUID(sys.argv[1]), int(sys.argv[2]))
