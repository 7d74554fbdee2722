"""A kind of job that ends as its spec says."""

import errno

from sqlalchemy import text

from arena.core import errors
from arena.core.jobs import Progress
from workers.jobs.work import Work

JOB = {"spec": {"type": "object"}}


def run(work: Work) -> None:
    work.tell(Progress(1, 4, "steps", {}))
    work.tell(Progress(2, 4, "steps", {}))
    match work.spec["ends"]:
        case "stopped":
            work._stop.ask()
        case "crash":
            raise ZeroDivisionError("postgresql://me:hush@there/x by zero\nmore")
        case "lost":  # another runner takes over in the middle
            with work._engine.begin() as connection:
                connection.execute(text("UPDATE job SET generation = generation + 1"))
            work.write("one", b"1")
        case "full":  # another disk than the artifact store's
            raise OSError(errno.ENOSPC, "No space left on device", "/tmp/events")
        case "well":
            work.write("one", b"1")
            work.tell(Progress(4, 4, "steps", {}))
        case code:
            raise getattr(errors, code)("It ended.", todo="Mend it.")
