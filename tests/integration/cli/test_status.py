"""`arena status` looks at the processes, not only at what run.json remembers; run.json holds no secret."""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from arena.cli.status import look
from arena.cli.supervise.home import Home
from arena.cli.supervise.parts import Part
from arena.cli.supervise.servers import Backing
from arena.cli.supervise.state import Status, last_line, place
from arena.core.settings import Settings
from arena.embedded.postgres import Postgres

NAMES = ("ray", "api", "desk", "pool", "jobs")


class Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    """An API that is ready."""
    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def dead() -> int:
    with subprocess.Popen((sys.executable, "-c", "")) as child:
        pass
    return child.pid


def write(home: Path, url: str, pids: dict[str, int | None]) -> None:
    parts = [Status(name, pid, "running").plain() for name, pid in pids.items()]
    Home(home).write_run({"url": url, "ready": True, "pids": pids, "parts": parts})


def arena(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")} | {"ARENA_HOME": str(home)}
    command = (sys.executable, "-m", "arena.cli.main", "status", *words)
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


def test_nothing_runs(tmp_path: Path) -> None:
    done = arena(tmp_path, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["supervisor"], told["parts"], told["ready"], told["well"]) == (None, [], False, False)
    assert "arena up" in arena(tmp_path).stdout


def test_all_is_well_then_a_part_dies(tmp_path: Path, url: str, dead: int) -> None:
    write(tmp_path, url, dict.fromkeys(NAMES, os.getpid()))
    with (tmp_path / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
        done = arena(tmp_path, "--json")
        told = json.loads(done.stdout)
        assert done.returncode == 0, told
        assert told["supervisor"] == os.getpid()
        assert {(p["state"], p["pid"]) for p in told["parts"]} == {("running", os.getpid())}
        assert all(p["version"] for p in told["parts"])
        assert arena(tmp_path).returncode == 0
        write(tmp_path, url, {**dict.fromkeys(NAMES, os.getpid()), "desk": dead})
        seen = look(Settings(home=tmp_path))
        assert (seen["well"], seen["ready"]) == (False, True)
        assert [p["name"] for p in seen["parts"] if p["state"] == "stopped"] == ["desk"]
        assert "is not well (desk)" in arena(tmp_path).stdout
        assert f"process {dead} has ended" in arena(tmp_path).stdout.replace("\n", " ")
        write(tmp_path, "http://127.0.0.1:9", dict.fromkeys(NAMES, os.getpid()))
        assert not look(Settings(home=tmp_path))["well"]


def test_after_kill_9_of_the_supervisor(tmp_path: Path, url: str, dead: int) -> None:
    (tmp_path / "up.lock").write_text(f"{dead}\n")
    write(tmp_path, url, {"api": os.getpid(), "desk": dead})
    seen = look(Settings(home=tmp_path))
    assert (seen["well"], seen["supervisor"]) == (False, None)
    assert {p["name"]: p["state"] for p in seen["parts"]} == {"api": "running", "desk": "stopped"}
    assert "No arena runs" in arena(tmp_path).stdout


def test_a_deployment_that_does_not_listen(tmp_path: Path) -> None:
    parts = [Status("ray", None, "external", "127.0.0.1:1").plain()]
    Home(tmp_path).write_run({"url": None, "ready": True, "pids": {}, "parts": parts})
    (part,) = look(Settings(home=tmp_path))["parts"]
    assert (part["state"], part["version"]) == ("unreachable", None)


def test_a_part_tells_how_it_is(tmp_path: Path) -> None:
    why = "postgresql://me:hunter2@db:5432/x refused"
    part = Part("desk", [sys.executable, "-c", f"print({why!r})"], {}, tmp_path / "desk.log", "here:1")
    assert part.status() == Status("desk", None, "stopped", "here:1")
    part.start()
    deadline = time.monotonic() + 20
    while part.watch() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    told = part.status().plain()
    assert told["state"] == "waiting"
    assert "ended (exit code 0)" in told["last_error"]
    assert "hunter2" not in json.dumps(told)
    part.stop()
    assert part.status().state == "stopped"


def test_a_server_given_by_url_is_external(tmp_path: Path) -> None:
    backing = Backing(Postgres, tmp_path / "postgres", "postgresql://me:hunter2@db:5432/x?sslmode=require")
    assert backing.start().endswith("sslmode=require")
    assert backing.watch() is None
    assert backing.status() == Status("postgres", None, "external", "db:5432")


def test_the_last_line_is_what_was_said(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    for line, said in (("plain", "plain"), ('{"level": "ERROR", "message": "gone"}', "gone"), ("{no", "{no"), ("", "")):
        log.write_text(f"before\n{line}\n" if line else "")
        assert last_line(log) == said


def test_places() -> None:
    values: dict[str, Any] = {"redis://:x@h:1/0": "h:1", "ray://h:2": "h:2", "h:3": "h:3", "pg://u@h?password=x": "h"}
    assert {url: place(url) for url in values} == values
