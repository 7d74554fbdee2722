"""Memory that is free on this machine."""

from collections.abc import Iterator

import psutil

from arena.cli.shared.diagnosis import Finding, Subject

LOW_BYTES = 2 << 30


def check(subject: Subject) -> Iterator[Finding]:
    """Enough for a whole arena."""
    free = psutil.virtual_memory().available
    if free >= LOW_BYTES:
        yield Finding("ok", f"{free / (1 << 30):.0f} GiB free")
        return
    what = f"Only {free >> 20} MiB of memory are free."
    yield Finding("warn", what, "End other programs, or lower ARENA_HOSTS and ARENA_HOST_MATCHES.")
