"""ARENA_HOME: who holds it, and what the other commands read there."""

import errno
import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from arena.core.errors import BadConfiguration, DiskFull, HomeInUse

PATIENCE_S = 0.5


class Home:
    """The folder of one arena. One supervisor holds it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.orphaned = False
        """Once taken: whether the last run here was killed, so that some of it may still be ending."""
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def admin_key(self) -> Path:
        return self.path / "admin.key"

    def take(self, held: int | None = None) -> None:
        """Make the folder and hold it; `held` is a lock on it that was handed over.

        Raises:
            HomeInUse: another `arena up` holds it.
            BadConfiguration, DiskFull: it cannot be written.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self._lock = held if held is not None else os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            if not _flock(self._lock, fcntl.LOCK_EX):
                holder = _signed(self._lock) or "unknown"
                what = f"An arena already runs in {self.path} (pid {holder})."
                todo = "Use it, stop it with `arena down`, or set ARENA_HOME to another folder."
                raise HomeInUse(what, todo=todo)
            self._sign(self._lock, os.getpid())
            # A killed run left its state: nobody may take it for this one's.
            self.orphaned = bool(self.run())
            self.write_run({"killed": True} if self.orphaned else None)
        except (OSError, HomeInUse) as error:
            self._let_go()
            if isinstance(error, HomeInUse):
                raise
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise DiskFull(f"The disk of {self.path} is full.", todo="Free some space, then start again.") from None
            what = f"{self.path} cannot be used: {error.strerror}."
            raise BadConfiguration(what, todo="Set ARENA_HOME to a folder that can be written.") from None

    def release(self) -> None:
        """Let go: the state of the run is removed first, so that nobody reads a stale one."""
        with suppress(OSError):
            self.write_run(None)
        self._let_go()

    @property
    def lock(self) -> int:
        """The lock's descriptor, for a process started to take it over: so it is free at no moment."""
        assert self._lock is not None
        return self._lock

    def hand_over(self, pid: int) -> None:
        """Leave the lock to this process, which was given it."""
        self._sign(self.lock, pid)
        self._let_go()

    def holder(self) -> int | None:
        """The pid of the supervisor that holds this folder now.

        Raises:
            BadConfiguration: this user may not look.
        """
        try:
            lock = os.open(self._file, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            what = f"{self._file} cannot be read: {error.strerror}."
            raise BadConfiguration(what, todo="Ask as the user who started the arena.") from None
        try:
            # Shared: two who look at once must not take each other for the holder.
            return None if _flock(lock, fcntl.LOCK_SH, patience_s=0) else _signed(lock)
        finally:
            os.close(lock)

    @property
    def _file(self) -> Path:
        return self.path / "up.lock"

    @staticmethod
    def _sign(lock: int, pid: int) -> None:
        # Written over the last holder's, then cut: at no moment is there no number.
        os.ftruncate(lock, os.pwrite(lock, f"{pid}\n".encode(), 0))

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def write_run(self, state: dict[str, Any] | None) -> None:
        """Tell the other commands how to reach this run; None when it has ended."""
        file = self.path / "run.json"
        if state is None:
            file.unlink(missing_ok=True)
            return
        fresh = file.with_suffix(".new")
        fresh.touch(0o600)
        fresh.write_text(json.dumps(state, indent=1))
        fresh.replace(file)

    def run(self) -> dict[str, Any]:
        """What `write_run` told last; empty when nothing runs."""
        try:
            return json.loads((self.path / "run.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):  # a machine that lost power may leave it empty
            return {}


def _flock(lock: int, kind: int, patience_s: float = PATIENCE_S) -> bool:
    """Lock it, with a little patience: whoever only looks holds it for a moment."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def _signed(lock: int) -> int | None:
    """The pid in a lock's file."""
    return int(os.pread(lock, 20, 0).decode().partition("\n")[0] or 0) or None
