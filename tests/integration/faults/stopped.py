"""Processes that are held by SIGSTOP: they neither answer nor refuse, as on a machine whose disk hangs."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def stopped(pid: int) -> Generator[None]:
    """A process and all it has started stand still meanwhile."""
    first = psutil.Process(pid)
    family = [first, *first.children(recursive=True)]
    try:
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGSTOP)
        yield
    finally:
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
