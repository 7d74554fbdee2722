"""A server's own folder: who holds it, what is secret in it, and what a disk that fails has to say."""

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from arena.core.errors import ArenaError, DiskFull, HomeInUse, ServerFailed

LOCK_PATIENCE_S = 0.5
DISK_IS_FULL = ("No space left on device", "Disk quota exceeded")


class Folder:
    """One server's folder, mode 0700: `data/`, `password`, `port`, `lock` and the server's log.

    The lock is a `flock` and belongs to this process: the kernel drops it however the process ends, and it also
    holds between containers that share a volume, where process ids mean nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "data"
        self._lock: int | None = None

    @property
    def mark(self) -> str:
        """A word that a server of this folder carries in its command line, so that it can be known again."""
        return "arena-" + hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:16]

    def take(self) -> None:
        """Create the folder and lock it; nothing to do when this object holds it already.

        A server that has just died keeps its lock until its last process is gone, hence the little patience.

        Raises:
            HomeInUse: somebody else holds it.
        """
        if self._lock is not None:
            return
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LOCK_PATIENCE_S
        while not _locked(lock):
            if time.monotonic() > deadline:
                holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
                os.close(lock)
                raise in_use(self.path, holder)
            time.sleep(0.02)
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._lock = lock

    def release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            # Closing alone would not do: a forked child of ours may hold a copy of the descriptor.
            fcntl.flock(lock, fcntl.LOCK_UN)
            os.close(lock)

    def password(self) -> str:
        """The server's password, made at random the first time."""
        try:
            return (self.path / "password").read_text().strip()
        except FileNotFoundError:
            self._write("password", secrets.token_hex(24))
            return self.password()

    def port(self) -> int | None:
        """The port used last time."""
        try:
            return int((self.path / "port").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def remember_port(self, port: int) -> None:
        if self.port() != port:
            self._write("port", str(port))

    def _write(self, name: str, text: str) -> None:
        """Write a 0600 file whole or not at all: an empty password file would lock the arena out of its data."""
        new = self.path / f"{name}.new"
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(descriptor)
        new.replace(self.path / name)


def in_use(folder: Path, holder: str) -> HomeInUse:
    what = f"The folder {folder} is in use by another arena (process {holder or 'unknown'})."
    return HomeInUse(what, todo="Stop that one first, or set ARENA_HOME to another folder.")


def disk_full(folder: Path) -> DiskFull:
    what = f"The disk that holds {folder} is full."
    return DiskFull(
        what, todo="Free some space on it, or set ARENA_HOME to a folder on another disk, then start again."
    )


@contextmanager
def clear_errors(folder: Path) -> Generator[None]:
    """Turn what the operating system refuses about a folder into an error that says what to do.

    Raises:
        DiskFull: no space, or no quota, left.
        ServerFailed: any other refusal: no permission, a file in its place, a read-only disk.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise disk_full(folder) from error
        place = error.filename if error.filename is not None else folder
        what = f"The folder {folder} cannot be used: {place}: {(error.strerror or str(error)).lower()}."
        todo = "Let this user write there, or set ARENA_HOME to another folder."
        raise ServerFailed(what, todo=todo) from error


def failure(server: str, lines: list[str], folder: Path) -> ArenaError:
    """The error for a server that ended, from its last words."""
    if any(sign in line for line in lines for sign in DISK_IS_FULL):
        return disk_full(folder)
    said = [line.strip() for line in lines if line.strip()] or ["it said nothing"]
    fatal = [line[line.index(word) :] for line in said for word in ("FATAL:", "PANIC:", "error: ") if word in line]
    what = f"{server} ended as it started: {(fatal or said)[-1].rstrip('.')}."
    return ServerFailed(what, todo=f"Correct that and start again; its log is in {folder}.")


def give(tree: Path, owner: int, group: int) -> None:
    """Make `owner` own a whole tree, its root last, so that an interrupted change is seen and done again."""
    if tree.lstat().st_uid == owner:
        return
    for path, folders, files in os.walk(tree, topdown=False):
        for name in (*folders, *files):
            os.lchown(os.path.join(path, name), owner, group)
    os.lchown(tree, owner, group)


def empty(folder: Path) -> None:
    """Make `folder` exist, private and empty."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
