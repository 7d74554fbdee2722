"""ARENA_HOME: who holds it, and what the other commands read there."""

import errno
import fcntl
import json
import os
from pathlib import Path
from typing import Any

from arena.core.errors import BadConfiguration, DiskFull, HomeInUse


class Home:
    """The folder of one arena. One supervisor holds it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def admin_key(self) -> Path:
        return self.path / "admin.key"

    def take(self) -> None:
        """Make the folder and hold it.

        Raises:
            HomeInUse: another `arena up` holds it.
            BadConfiguration, DiskFull: it cannot be written.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self._lock = os.open(self.path / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull(f"The disk of {self.path} is full.", todo="Free some space, then start again.") from None
            what = f"{self.path} cannot be used: {error.strerror}."
            raise BadConfiguration(what, todo="Set ARENA_HOME to a folder that can be written.") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 20, 0).decode().strip()
            what = f"An arena already runs in {self.path} (pid {holder})."
            raise HomeInUse(
                what, todo="Use it, stop it with `arena down`, or set ARENA_HOME to another folder."
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go: the state of the run is removed first, so that nobody reads a stale one."""
        self.write_run(None)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def holder(self) -> int | None:
        """The pid of the supervisor that holds this folder now."""
        try:
            lock = os.open(self.path / "up.lock", os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.pread(lock, 20, 0).decode().strip() or 0) or None
        else:
            return None
        finally:
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
        except FileNotFoundError:
            return {}
