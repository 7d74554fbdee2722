"""The artifact store: data sets and checkpoints under names, in a folder or wherever fsspec reaches (s3://, gs://, …).

A name is written whole or not at all. Nothing else of the arena depends on a shared file system.
"""

import errno
import os
import re
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from arena.core.errors import ArenaError, BadConfiguration, DiskFull, UnknownArtifact, Unreachable
from arena.core.ids import new_id

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR)


class Artifacts:
    """The store at an fsspec URL.

    Raises:
        BadConfiguration: the URL cannot be used, or the package for its protocol is not installed.
    """

    def __init__(self, url: str) -> None:
        self._root: str
        self._url = url.rstrip("/")
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            protocol = url.partition("://")[0]
            what = f"ARENA_ARTIFACTS_URL ({protocol}://…) cannot be used: {str(error).rstrip('.')}."
            todo = "Correct it, or install the fsspec package of its protocol, for example s3fs for s3://."
            raise BadConfiguration(what, todo=todo) from None

    @property
    def folder(self) -> Path | None:
        """The folder it is, where it is one on this machine."""
        return Path(self._root) if isinstance(self._fs, LocalFileSystem) else None

    def name(self, place: str) -> str:
        """The name that a place has here: itself, or what stands behind the store's own URL."""
        return place.removeprefix(f"{self._url}/").rstrip("/")

    def write(self, name: str, data: bytes) -> None:
        """Store `data` under a name like `jobs/ID/file`, in place of what was there.

        Raises:
            DiskFull, Unreachable: it has no room, or is away: nothing has changed, and later it may do.
            BadConfiguration: it does not let this process write.
        """
        path = self._path(name)
        with _clear():
            if self.folder is not None:
                with _replacing(Path(path)) as out:
                    out.write(data)
            else:
                self._fs.pipe_file(path, data)  # object stores show an object once it is whole

    @contextmanager
    def writing(self, name: str) -> Generator[BinaryIO]:
        """A file to write to piece by piece. What was written has the name when the block ends well, else nothing has.

        Raises as `write` does.
        """
        path = self._path(name)
        with _clear():
            if self.folder is not None:
                with _replacing(Path(path)) as out:
                    yield out
                return
            fresh = _beside(path)
            try:
                with self._fs.open(fresh, "wb") as out:
                    yield out
                self._fs.mv(fresh, path)
            finally:
                with suppress(FileNotFoundError):
                    self._fs.rm_file(fresh)

    @contextmanager
    def reading(self, name: str) -> Generator[BinaryIO]:
        """What is stored under a name, to be read piece by piece. Raises as `read` does."""
        path = self._path(name)
        with _clear():
            try:
                stored = self._fs.open(path, "rb")
            except FileNotFoundError:
                raise _missing(name) from None
            with stored:
                yield stored

    def read(self, name: str) -> bytes:
        """What is stored under a name. Raises `UnknownArtifact`, else as `write` does."""
        path = self._path(name)
        with _clear():
            try:
                return self._fs.cat_file(path)
            except FileNotFoundError:
                raise _missing(name) from None

    def remove(self, name: str) -> None:
        """Delete what is stored under a name, if anything is. Raises as `write` does."""
        path = self._path(name)
        with _clear(), suppress(FileNotFoundError):
            self._fs.rm_file(path)

    def remove_all(self, folder: str) -> None:
        """Delete a folder with all that is in it, if it is there. Raises as `write` does."""
        path = self._path(folder)
        self._fs.invalidate_cache()
        with _clear(), suppress(FileNotFoundError):
            self._fs.rm(path, recursive=True)

    def names(self, folder: str) -> list[str]:
        """The names right under a folder, sorted; none when there is no such folder. Raises as `write` does."""
        path = self._path(folder)
        self._fs.invalidate_cache()
        with _clear():
            try:
                found: list[str] = self._fs.ls(path, detail=False)
            except FileNotFoundError:
                return []
        return sorted(base for path in found if NAME.fullmatch(base := PurePosixPath(path).name))

    def has(self, name: str) -> bool:
        """Whether anything is stored under a name. Raises as `write` does."""
        path = self._path(name)
        self._fs.invalidate_cache()
        with _clear():
            return bool(self._fs.isfile(path))

    def tidy(self, folder: str, older_s: float = 0.0) -> None:
        """Remove what writers that were killed half-way left in a folder, so long ago; no name ever showed it."""
        path = Path(self._path(folder))
        if self.folder is not None:
            for left in path.glob(".*"):
                with suppress(OSError):
                    if time.time() - left.stat().st_mtime >= older_s:
                        left.unlink()

    def _path(self, name: str) -> str:
        if not NAME.fullmatch(name):
            todo = "Use relative names of letters, digits, '.', '_' and '-', none of them beginning with a dot."
            raise UnknownArtifact(f"{name!r} is no name of an artifact.", todo=todo)
        return f"{self._root.rstrip('/')}/{name}"


@contextmanager
def _clear() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise _own(error) from error


def _own(error: OSError) -> ArenaError:
    why = (error.strerror or str(error) or type(error).__name__).lower().rstrip(".")
    if error.errno in FULL:
        return DiskFull(f"The artifact store is full: {why}.", todo="Free some space there; the job then goes on.")
    if error.errno in REFUSED or isinstance(error, PermissionError):
        todo = "Let this user read and write there, or correct ARENA_ARTIFACTS_URL; then resume the job."
        return BadConfiguration(f"The artifact store cannot be used: {why}.", todo=todo)
    return Unreachable(
        f"The artifact store does not answer: {why}.", todo="See whether it is up, and reachable from here."
    )


def _missing(name: str) -> UnknownArtifact:
    return UnknownArtifact(f"There is no artifact {name!r}.", todo="Look into the artifact store.")


def _beside(path: str) -> str:
    """A name in the same folder that nobody has, and that no list shows."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/.{name}.{new_id()}"


@contextmanager
def _replacing(file: Path) -> Generator[BinaryIO]:
    """Write beside the file and move over it, so that a reader, or a power cut, meets the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(_beside(str(file)))
    try:
        with fresh.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name too outlives a power cut
    finally:
        os.close(folder)
