"""A backup read back is proven equal, or refused; the arena it is restored into goes on."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from arena.core.errors import BadBackup, BadRequest
from arena.flow.backup import backup, restore
from arena.flow.refit import void
from arena.store import revision
from tests.integration.ladder import Ladder, played


@pytest.fixture
def saved(engine: Engine, tmp_path: Path) -> tuple[Ladder, Path]:
    """A ladder with results, one of them void, and its backup."""
    ladder = Ladder(engine)
    ladder.queue(30)
    reports = played(ladder.lease(20))
    ladder.settle(reports)
    with engine.begin() as connection:
        void(connection, UUID(reports[3].match_id), "a test")
    file = tmp_path / "backup.tar"
    backup(engine, file)
    return ladder, file


def emptied(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))


def test_what_is_restored_is_equal_and_goes_on(saved: tuple[Ladder, Path], engine: Engine) -> None:
    ladder, file = saved
    before = ladder.facts(), ladder.standings(), ladder.rows("SELECT id, event, data FROM outbox ORDER BY id")
    emptied(engine)
    manifest = restore(engine, file)
    assert manifest.results == 20
    assert (ladder.facts(), ladder.standings(), ladder.rows("SELECT id, event, data FROM outbox ORDER BY id")) == before
    again = ladder.settle(played(ladder.lease()))
    assert again.accepted == 10


def test_where_no_file_can_be_written_nothing_is_left(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for target in (tmp_path / "no/such/x.tar", tmp_path / "folder", tmp_path / "file/x.tar"):
        with pytest.raises(BadRequest, match="cannot be written to"):
            backup(engine, target)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["file", "folder"]


def test_it_is_for_its_owner_alone(saved: tuple[Ladder, Path]) -> None:
    assert saved[1].stat().st_mode & 0o777 == 0o600


def test_only_into_an_empty_database(saved: tuple[Ladder, Path], engine: Engine) -> None:
    ladder, file = saved
    before = ladder.facts(), ladder.standings()
    with pytest.raises(BadBackup, match="not empty"):
        restore(engine, file)
    assert (ladder.facts(), ladder.standings()) == before


def rewritten(file: Path, change: Callable[[str, bytes], bytes]) -> None:
    """The same tar with other contents."""
    import io

    with tarfile.open(file) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            changed = change(name, content)
            info.size = len(changed)
            tar.addfile(info, io.BytesIO(changed))


def drop_a_result(name: str, content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[1:]) if name == "transcript.copy" else content


def raise_an_elo(name: str, content: bytes) -> bytes:
    if name != "standing.copy":
        return content
    first, *rest = content.splitlines(keepends=True)
    fields = first.split(b"\t")
    fields[2] = str(int(fields[2]) + 1).encode()
    return b"\t".join(fields) + b"".join(rest)


def another_schema(name: str, content: bytes) -> bytes:
    return json.dumps({**json.loads(content), "revision": "9999"}).encode() if name == "manifest.json" else content


def no_manifest(name: str, content: bytes) -> bytes:
    return b"{}" if name == "manifest.json" else content


@pytest.mark.parametrize("change", [drop_a_result, raise_an_elo, another_schema, no_manifest])
def test_an_altered_backup_is_refused_and_leaves_nothing(
    saved: tuple[Ladder, Path], engine: Engine, change: Callable[[str, bytes], bytes]
) -> None:
    ladder, file = saved
    rewritten(file, change)
    emptied(engine)
    with pytest.raises(BadBackup):
        restore(engine, file)
    revision.check(engine)
    assert ladder.count("match") == ladder.count("player") == 0


@pytest.mark.parametrize("content", [b"", b"no tar", b"\x1f\x8b" + b"\0" * 50])
def test_what_is_no_backup_is_refused(engine: Engine, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(BadBackup, match="cannot be read"):
        restore(engine, file)


def test_a_truncated_backup_is_refused(saved: tuple[Ladder, Path], engine: Engine) -> None:
    _, file = saved
    file.write_bytes(file.read_bytes()[:-200])
    emptied(engine)
    with pytest.raises(BadBackup):
        restore(engine, file)
