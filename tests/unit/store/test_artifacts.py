"""The artifact store: whole or not at all, in a folder and in an object store."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem
from hypothesis import given
from hypothesis import strategies as st

from arena.core.errors import ArenaError, BadConfiguration, DiskFull, UnknownArtifact, Unreachable
from arena.store.artifacts import Artifacts


@pytest.fixture(params=["folder", "objects"])
def artifacts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Artifacts]:
    yield Artifacts((tmp_path / "store").as_uri() if request.param == "folder" else f"memory://{tmp_path.name}")
    MemoryFileSystem.store.clear()


def test_what_is_written_is_read_and_listed(artifacts: Artifacts) -> None:
    for name in ("jobs/1/b", "jobs/1/a", "jobs/1/deep/c", "jobs/2/d"):
        artifacts.write(name, name.encode())
    artifacts.write("jobs/1/a", b"again")
    assert artifacts.read("jobs/1/a") == b"again"
    assert artifacts.read("jobs/1/deep/c") == b"jobs/1/deep/c"
    assert artifacts.names("jobs/1") == ["a", "b", "deep"]
    assert artifacts.names("jobs/3") == []
    with pytest.raises(UnknownArtifact, match="jobs/1/z"):
        artifacts.read("jobs/1/z")


def test_what_is_written_in_pieces_is_there_when_it_is_whole_and_not_before(artifacts: Artifacts) -> None:
    artifacts.write("a/x", b"old")
    with artifacts.writing("a/x") as out:
        out.write(b"ne")
        assert artifacts.read("a/x") == b"old"
        out.write(b"w")
    assert artifacts.read("a/x") == b"new"
    with artifacts.reading("a/x") as stored:
        assert (stored.read(1), stored.read()) == (b"n", b"ew")

    def break_off(name: str) -> None:
        with artifacts.writing(name) as out:
            out.write(b"half")
            raise ZeroDivisionError

    for name in ("a/x", "a/y"):
        with pytest.raises(ZeroDivisionError):
            break_off(name)
    assert artifacts.names("a") == ["x"]
    assert artifacts.read("a/x") == b"new"
    with pytest.raises(UnknownArtifact), artifacts.reading("a/y"):
        pass


def test_a_folder_is_removed_with_all_that_is_in_it(artifacts: Artifacts) -> None:
    for name in ("a/b/c", "a/b/d/e", "a/f"):
        artifacts.write(name, b"x")
    artifacts.remove_all("a/b")
    artifacts.remove_all("a/nothing")
    assert artifacts.names("a") == ["f"]


@pytest.mark.parametrize(
    "name",
    ["", "/etc/passwd", "../x", "jobs/../../x", "a//b", "a/", "a/./b", ".hidden", "a/.part", "a\\b", "a\0", "a\n"],
)
def test_a_name_that_could_lead_elsewhere_is_refused(artifacts: Artifacts, name: str) -> None:
    for use in (lambda: artifacts.write(name, b""), lambda: artifacts.read(name), lambda: artifacts.names(name)):
        with pytest.raises(UnknownArtifact, match="no name"):
            use()


@given(st.text(max_size=30))
def test_no_name_leaves_the_folder(name: str) -> None:
    artifacts = Artifacts("memory://root")
    try:
        artifacts.write(name, b"x")
    except UnknownArtifact:
        return
    assert os.path.normpath(f"/root/{name}") in MemoryFileSystem.store


@pytest.mark.parametrize(("url", "said"), [("gopher://x", "gopher"), ("s3://bucket/x", "s3fs")])
def test_a_protocol_that_is_unknown_or_has_no_package_is_told(url: str, said: str) -> None:
    with pytest.raises(BadConfiguration, match=said) as raised:
        Artifacts(url)
    assert "s3fs" in raised.value.todo
    assert "bucket" not in str(raised.value)


WRITER = """
import sys
from arena.store.artifacts import Artifacts
artifacts = Artifacts(sys.argv[1])
try:
    artifacts.write("jobs/1/file", bytes(1 << 20))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_write_that_finds_no_room_leaves_what_was_there(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path.as_uri())
    artifacts.write("jobs/1/file", b"old")

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))

    command = (sys.executable, "-c", WRITER, tmp_path.as_uri())
    said = subprocess.run(command, capture_output=True, text=True, preexec_fn=small, check=True).stdout
    assert said.startswith("DiskFull The artifact store is full")
    assert [p.name for p in (tmp_path / "jobs/1").iterdir()] == ["file"]
    assert artifacts.read("jobs/1/file") == b"old"


@pytest.mark.parametrize(
    ("number", "kind"),
    [(errno.ENOSPC, DiskFull), (errno.EDQUOT, DiskFull), (errno.EACCES, BadConfiguration),
     (errno.EROFS, BadConfiguration), (errno.EIO, Unreachable), (errno.ECONNREFUSED, Unreachable)],
)  # fmt: skip
def test_what_a_store_refuses_is_told_apart(
    artifacts: Artifacts, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[ArenaError]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    artifacts.write("jobs/1/file", b"old")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        patch.setattr(MemoryFileSystem, "pipe_file", refuse)
        with pytest.raises(kind):
            artifacts.write("jobs/1/file", b"new")
    assert artifacts.read("jobs/1/file") == b"old"
    assert artifacts.names("jobs/1") == ["file"]


def test_what_a_killed_writer_left_is_never_seen_and_tidied_away(tmp_path: Path) -> None:
    artifacts = Artifacts(tmp_path.as_uri())
    artifacts.write("jobs/1/file", b"whole")
    (tmp_path / "jobs/1/.file.0190").write_bytes(b"ha")
    assert artifacts.names("jobs/1") == ["file"]
    artifacts.tidy("jobs/1")
    assert [p.name for p in (tmp_path / "jobs/1").iterdir()] == ["file"]
