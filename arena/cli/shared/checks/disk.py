"""Space on the disk that holds ARENA_HOME."""

import shutil
from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject

LOW_BYTES = 1 << 30
FULL_BYTES = 100 << 20


def check(subject: Subject) -> Iterator[Finding]:
    """Enough for PostgreSQL to write; it stops when there is none."""
    home = subject.settings.home
    place = next(p for p in (home, *home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    if free >= LOW_BYTES:
        yield Finding("ok", f"{free / (1 << 30):.0f} GiB free")
        return
    what = f"Only {free >> 20} MiB are free on the disk of {home}."
    todo = "Free some space on it, or set ARENA_HOME to a folder on another disk."
    yield Finding("fail" if free < FULL_BYTES else "warn", what, todo)
