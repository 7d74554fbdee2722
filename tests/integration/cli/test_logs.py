"""`arena logs`: the end of each part's log, and what comes after it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.cli.shared.hosts import Hosts
from arena.cli.shared.tail import BLOCK_BYTES, Tail
from workers.match import head


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name, text in {
        "logs/api.log": "a1\na2\na3\n",
        "logs/jobs.log": "j1\n",
        "postgres/postgres.log": "p1\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def command(home: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")} | {"ARENA_HOME": str(home)}
    return [sys.executable, "-m", "arena.cli.main", "logs", *words], environment


def arena(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    line, environment = command(home, *words)
    return subprocess.run(line, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_one_part_or_all(home: Path) -> None:
    assert arena(home, "api", "-n", "2").stdout == "a2\na3\n"
    assert arena(home, "postgres").stdout == "p1\n"
    every = arena(home, "-n", "1").stdout.splitlines()
    assert sorted(line.replace(" ", "") for line in every) == ["api|a3", "jobs|j1", "postgres|p1"]


def test_an_unknown_part_is_one_line_with_the_known_ones(home: Path) -> None:
    done = arena(home, "apy")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    for part in ("api", "desk", "hosts", "jobs", "pool", "postgres", "ray", "up", "valkey"):
        assert part in done.stderr


def test_a_part_that_has_not_logged(home: Path) -> None:
    done = arena(home, "desk")
    assert (done.returncode, done.stdout) == (0, "")
    assert "nothing was logged yet" in done.stderr


@pytest.fixture
def ray(home: Path) -> Iterator[Path]:
    """The folder of a Ray that has had two sessions."""
    folder = head.sessions(home)
    for session, file, text in (
        ("session_1", "worker-a-01.err", ":job_id:01\n:actor_name:HostActor\nh1\n"),
        ("session_2", "worker-b-02.err", "h2\nh3\n"),
        ("session_2", "worker-b-02.out", "said\n"),
        ("session_2", "raylet.err", "r1\n"),
    ):
        place = folder / session / "logs" / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    os.utime(folder / "session_1/logs/worker-a-01.err", (1, 1))
    (folder / "session_latest").symlink_to("session_2")
    yield folder
    head.sweep(home)


def test_the_hosts_are_read_where_ray_keeps_them(home: Path, ray: Path) -> None:
    assert arena(home, "hosts").stdout == "h1\nh2\nh3\n"
    assert arena(home, "hosts", "-n", "1").stdout == "h3\n"
    assert [line for line in arena(home).stdout.splitlines() if line.startswith("hosts")] == [
        f"hosts    | h{n}" for n in (1, 2, 3)
    ]


def test_following_the_hosts_finds_new_ones(home: Path, ray: Path) -> None:
    hosts = Hosts(ray)
    assert hosts.last(1) == ["h3"]
    assert hosts.fresh() == []
    (ray / "session_2/logs/worker-c-03.err").write_text(":job_id:02\nh4\n")
    assert hosts.fresh() == ["h4"]


def test_the_hosts_of_another_cluster_are_not_here(home: Path) -> None:
    line, environment = command(home, "hosts")
    environment["ARENA_RAY_ADDRESS"] = "ray.example:6379"
    done = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "`ray logs cluster --address ray.example:6379`" in done.stderr


def test_following_until_ctrl_c(home: Path) -> None:
    line, environment = command(home, "api", "-f", "-n", "1")
    environment["PYTHONUNBUFFERED"] = "1"
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "a3\n"
        with (home / "logs/api.log").open("a") as log:
            log.write("a4\n")
        assert child.stdout.readline() == "a4\n"
        child.send_signal(2)
        assert child.wait(20) == 0
        assert child.stderr is not None
        assert child.stderr.read() == ""


def test_a_tail_goes_on_across_rotation_truncation_and_half_lines(tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    tail = Tail(file)
    assert tail.last(5) == []
    file.write_text("one\ntw")
    assert tail.fresh() == ["one"]
    with file.open("a") as log:
        log.write("o\n")
    assert tail.fresh() == ["two"]
    assert tail.fresh() == []
    file.write_text("1\n")
    assert tail.fresh() == ["1"]
    file.replace(tmp_path / "x.log.1")
    assert tail.fresh() == []
    file.write_text("after the rotation\n")
    assert tail.fresh() == ["after the rotation"]


def test_the_end_of_a_long_log(tmp_path: Path) -> None:
    file = tmp_path / "x.log"
    lines = [f"line {n}" for n in range(BLOCK_BYTES // 4)]
    file.write_text("\n".join(lines) + "\n")
    assert Tail(file).last(3) == lines[-3:]
    assert Tail(file).last(0) == []
    assert Tail(file).last(len(lines) - 1) == lines[1:]
    assert Tail(file).last(10**6) == lines
    with file.open("a") as log:
        log.write("a last word without an end")
    assert Tail(file).last(2) == [lines[-1], "a last word without an end"]
