from pathlib import Path

import pytest

from arena.cli.supervise import rotation
from arena.cli.supervise.rotation import Rotation

LIMIT = 1000


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rotation:
    monkeypatch.setattr(rotation, "LOOK_S", 0.0)
    return Rotation(tmp_path, LIMIT)


def test_a_writer_that_never_ends_fills_two_files_at_most(watched: Rotation, tmp_path: Path) -> None:
    log = tmp_path / "desk.log"
    with log.open("ab", buffering=0) as writer:
        for n in range(500):
            writer.write(b"%06d\n" % n)
            if n % 50 == 49:
                watched.look()
                assert sum(f.stat().st_size for f in tmp_path.iterdir()) <= 3 * LIMIT
    kept = (tmp_path / "desk.log.1").read_bytes() + log.read_bytes()
    assert kept.endswith(b"000499\n"), "the latest is never lost"
    assert b"\0" not in kept


def test_a_small_log_is_left_alone(watched: Rotation, tmp_path: Path) -> None:
    (tmp_path / "api.log").write_bytes(b"x" * LIMIT)
    watched.look()
    assert (tmp_path / "api.log").stat().st_size == LIMIT
    assert not (tmp_path / "api.log.1").exists()


def test_a_full_disk_gets_its_space_back(watched: Rotation, tmp_path: Path) -> None:
    (tmp_path / "pool.log").write_bytes(b"x" * 2 * LIMIT)
    (tmp_path / "pool.log.1").symlink_to("/dev/full")
    watched.look()
    assert [f.name for f in tmp_path.iterdir()] == ["pool.log"]
    assert (tmp_path / "pool.log").stat().st_size == 0


def test_a_log_is_cut_even_where_its_predecessor_cannot_be_made(watched: Rotation, tmp_path: Path) -> None:
    for name in ("desk", "jobs"):
        (tmp_path / f"{name}.log").write_bytes(b"x" * 2 * LIMIT)
    (tmp_path / "desk.log.1").mkdir()
    (tmp_path / "jobs.log.1").symlink_to(tmp_path / "nowhere" / "x")
    watched.look()
    assert [(tmp_path / f"{name}.log").stat().st_size for name in ("desk", "jobs")] == [0, 0]
