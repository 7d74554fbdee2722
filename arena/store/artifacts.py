"""The artifact store: data sets and checkpoints under names, in a folder or wherever fsspec reaches (s3://, gs://, …).

A name is written whole or not at all. Nothing else of the arena depends on a shared file system.
"""

import os
from pathlib import Path, PurePosixPath

import fsspec
from fsspec.implementations.local import LocalFileSystem

from arena.core.errors import BadConfiguration, UnknownArtifact
from arena.core.ids import new_id


class Artifacts:
    """The store at an fsspec URL.

    Raises:
        BadConfiguration: the URL cannot be used, or the package for its protocol is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            self._fs, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            where = url.partition("://")[0]
            todo = "Correct it, or install the fsspec package of its protocol, for example s3fs for s3://."
            raise BadConfiguration(f"ARENA_ARTIFACTS_URL ({where}://…) cannot be used: {error}", todo=todo) from None

    def write(self, name: str, data: bytes) -> None:
        """Store `data` under a name like `jobs/ID/file`, in place of what was there."""
        path = self._path(name)
        if isinstance(self._fs, LocalFileSystem):
            _replace(Path(path), data)
        else:
            self._fs.pipe_file(path, data)  # object stores show an object once it is whole

    def read(self, name: str) -> bytes:
        """What is stored under a name. Raises `UnknownArtifact`."""
        try:
            return self._fs.cat_file(self._path(name))
        except FileNotFoundError:
            raise UnknownArtifact(f"There is no artifact {name!r}.", todo="Look into the artifact store.") from None

    def names(self, folder: str) -> list[str]:
        """The names right under a folder, sorted; none when there is no such folder."""
        try:
            found: list[str] = self._fs.ls(self._path(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(base for path in found if not (base := PurePosixPath(path).name).startswith("."))

    def _path(self, name: str) -> str:
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts:
            raise UnknownArtifact(f"{name!r} is no name of an artifact.", todo="Use relative names without dots.")
        return f"{self._root.rstrip('/')}/{name}"


def _replace(file: Path, data: bytes) -> None:
    """Write beside the file and move over it, so that a reader, or a power cut, meets the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{new_id()}")
    try:
        with fresh.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
