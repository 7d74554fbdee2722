"""What a run that was killed left behind: a held lock, a run.json that nobody keeps up, living parts."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from arena.cli.shared.diagnosis import Finding, Subject
from arena.cli.shared.parts import alive

SERVERS = ("postgres", "valkey")


def check(subject: Subject) -> Iterator[Finding]:
    """Locks are held by the living, and run.json tells of a run that is."""
    found = list(_lock(subject)) if subject.holder else [*_run(subject), *_servers(subject)]
    yield from found or [Finding("ok", "nothing is left over from an earlier run")]


def _lock(subject: Subject) -> Iterator[Finding]:
    pid = subject.holder
    if pid is not None and not alive(pid):
        what = f"{subject.settings.home / 'up.lock'} is held, but not by process {pid}, which has ended."
        yield Finding("fail", what, "Find who holds it with `fuser -v` on that file, and end it.")


def _run(subject: Subject) -> Iterator[Finding]:
    file = subject.settings.home / "run.json"
    if not file.exists():
        return
    began = file.stat().st_mtime
    pids = [pid for pid in subject.pids.values() if alive(pid, began)]
    what = f"{file} is left from a run that was killed"
    if pids:
        what += f", and of its parts these still run: {', '.join(map(str, pids))}"
    yield Finding("warn", f"{what}.", "`arena up` clears it and starts again.")


def _servers(subject: Subject) -> Iterator[Finding]:
    for name in SERVERS:
        lock = subject.settings.home / name / "lock"
        if _held(lock):
            what = f"{lock} is held although no arena runs here."
            yield Finding("warn", what, "Wait if an `arena db` command is at work; else end what holds it.")


def _held(lock: Path) -> bool:
    try:
        descriptor = os.open(lock, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
