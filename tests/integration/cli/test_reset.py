"""`arena reset` deletes what the arena keeps and nothing else."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers.match import head


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    for name in ("up.lock", "run.json", "admin.key", "secrets.key", "ray.token", "logs/api.log", "postgres/data/x",
                 "valkey/lock", "artifacts/jobs/1/x"):  # fmt: skip
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    return home


def reset(home: Path, *words: str, said: str = "") -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")} | {"ARENA_HOME": str(home)}
    command = (sys.executable, "-m", "arena.cli.main", "reset", *words)
    return subprocess.run(command, input=said, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_it_leaves_the_folder_and_what_is_not_the_arenas(home: Path, tmp_path: Path) -> None:
    (home / "thesis.tex").touch()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/kept").touch()
    (home / "logs/api.log").unlink()
    (home / "logs").rmdir()
    (home / "logs").symlink_to(tmp_path / "elsewhere")
    ray = head.folder(home)
    (ray / "r").mkdir(exist_ok=True)
    done = reset(home, "--yes")
    assert done.returncode == 0, done.stderr
    assert not ray.exists()
    assert [p.name for p in home.iterdir()] == ["thesis.tex"]
    assert "thesis.tex" in done.stdout
    assert (tmp_path / "elsewhere/kept").exists()


def test_it_asks_first(home: Path) -> None:
    for said in ("n\n", ""):
        assert reset(home, said=said).returncode == 1
        assert (home / "postgres/data/x").exists()
    assert reset(home, said="y\n").returncode == 0
    assert list(home.iterdir()) == []
    assert "nothing is kept" in reset(home).stdout


@pytest.mark.parametrize("lock", ["up.lock", "valkey/lock"])
def test_it_refuses_while_an_arena_or_a_server_runs(home: Path, lock: str) -> None:
    with (home / lock).open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = reset(home, "--yes")
    assert done.returncode == 1
    assert "[home.in_use]" in done.stderr
    assert (home / "postgres/data/x").exists()


def test_it_refuses_a_folder_that_is_no_arenas(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run.json").touch()
    for place in (tmp_path, tmp_path / "run.json"):
        done = reset(place, "--yes")
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
        assert "[config.invalid]" in done.stderr
    assert (tmp_path / "run.json").exists()
