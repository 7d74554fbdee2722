"""The process in which one run of a job happens: `python -m workers.jobs.process ID GENERATION`. A runner starts it.

It ends with 0 when it has said what became of the job, or was asked to stop; anything else is a crash.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core import logs
from arena.core.errors import ArenaError, DiskFull, JobLost, Unreachable
from arena.core.jobs import KINDS
from arena.core.redaction import know_settings, redact
from arena.core.settings import Settings
from arena.core.stop import Stop
from arena.flow import runs
from arena.store import database, jobs
from arena.store.artifacts import FULL, Artifacts
from arena.store.jobs import Claimed
from workers.jobs.outlast import outlast
from workers.jobs.work import Work

log = logging.getLogger("arena.jobs")
PASSING = (Unreachable, DiskFull)
"""What passes by itself, or by somebody's hand. Any other error with a code would come again."""
End = Callable[[Connection], None]


def main(job_id: UUID, generation: int) -> int:
    """Run a claimed job to its end, or until SIGTERM. Gives the exit code."""
    stop = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.ask)
    settings = Settings.read()
    know_settings(settings)
    logs.start("job", as_json=settings.log_json, job_id=str(job_id))
    assert settings.database_url
    engine = database.connect(settings.database_url)

    def look() -> Claimed | None:
        with engine.connect() as connection:
            return jobs.claimed(connection, job_id, generation)

    run = outlast(look, stop)
    if run is None:
        log.warning("there is nothing to do: another run has the job")
        return 0
    code, end = _do(settings, engine, run, stop)
    if end is not None:
        outlast(partial(_say, engine, end), stop)
    return code


def _do(settings: Settings, engine: Engine, run: Claimed, stop: Stop) -> tuple[int, End | None]:
    """The exit code, and what is to be said of the job; nothing where the runner knows better."""
    try:
        work = Work(settings, engine, run, Artifacts(settings.artifacts), stop)
        KINDS.load(run.kind).run(work)
        work.flush()
    except JobLost as error:
        log.warning("%s", error)
        return 0, None
    except ArenaError as error:
        log.error("%s", error)
        reason = redact(f"{error} [{error.code}]")
        return 0, partial(runs.give_back if isinstance(error, PASSING) else runs.finish, run=run, reason=reason)
    except Exception as error:  # a crash, of which more is known here than its runner sees
        if isinstance(error, OSError) and error.errno in FULL:
            log.error("%s", error)
            full = DiskFull(f"A disk of {os.uname().nodename} is full: {error}.", todo="Free some space there.")
            return 0, partial(runs.give_back, run=run, reason=redact(f"{full} [{full.code}]"))
        log.exception("the job crashed")
        reason = redact(f"{type(error).__name__}: {error}".strip().splitlines()[0][:500])
        return 1, None if stop.asked else partial(runs.crash, run=run, reason=reason)
    return 0, None if stop.asked else partial(runs.finish, run=run)


def _say(engine: Engine, end: End) -> None:
    with engine.begin() as connection:
        end(connection)


if __name__ == "__main__":
    sys.exit(main(UUID(sys.argv[1]), int(sys.argv[2])))
