"""A whole arena that logs JSON, asked with keys right and wrong and hurt until it complains: no log has a secret."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from arena.store.keys import PREFIX
from tests.integration.faults.whole import Whole
from tests.patience import until

pytestmark = pytest.mark.own

WRONG = PREFIX + "wrong-wrong-wrong-wrong-wrong-wrong-wrong12"
PATIENCE_S = 150.0


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """An arena that has been asked and hurt."""
    whole = Whole(tmp_path_factory.mktemp("secrets") / "home")
    whole.environment["ARENA_LOG_JSON"] = "1"
    try:
        whole.up()
        ask(whole)
        for name in ("postgres", "valkey"):
            hurt(whole, name)
        ask(whole)
        yield whole
    finally:
        whole.close()


def secrets(home: Path) -> dict[str, str]:
    files = {"database": "postgres/password", "redis": "valkey/password", "ray": "ray.token", "key": "admin.key",
             "sealing": "secrets.key"}  # fmt: skip
    return {**{name: (home / file).read_text().strip() for name, file in files.items()}, "wrong key": WRONG}


def ask(whole: Whole) -> None:
    """Requests that carry keys where they belong, and where they do not."""
    key = secrets(whole.home)["key"]
    player = {"name": "ada", "kind": "random", "spec": {}}
    with httpx.Client(base_url=whole.url, timeout=30) as client:
        for secret in (key, WRONG):
            header = {"Authorization": f"Bearer {secret}", "X-Request-ID": "asked-1"}
            client.post("/api/v1/players", json=player, headers=header)
            client.post("/api/v1/players", json={"name": secret, "kind": secret}, headers=header)
            client.get("/api/v1/matches", params={"key": secret, "before": secret})
            client.get(f"/matches/{secret}", headers={"Accept": "text/html"})


def hurt(whole: Whole, name: str) -> None:
    """`kill -9`, while it is being asked; wait until its loss was told and it is well again."""
    pid = whole.victim(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    def mended() -> bool:
        try:
            ask(whole)
            ready = httpx.get(f"{whole.url}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False
        return ready and whole.victim(name) not in (None, pid)

    until(f"{name} to be mended", mended, PATIENCE_S)


def logged(whole: Whole) -> dict[Path, bytes]:
    """Everything that is a log, or is told to others."""
    files = [*whole.home.glob("logs/*"), *whole.home.glob("*/*.log"), *whole.ray.glob("session_*/logs/**/*")]
    files += [whole.home / "run.json", whole.home / "up.out"]
    return {file: file.read_bytes() for file in files if file.is_file()}


def test_no_secret_is_in_any_log(arena: Whole) -> None:
    texts = logged(arena)
    names = {file.name for file in texts}
    assert {"api.log", "desk.log", "pool.log", "ray.log", "postgres.log", "run.json"} <= names
    assert any(name.startswith("worker-") for name in names)
    leaks = [(str(file), name) for file, text in texts.items() for name, secret in secrets(arena.home).items()
             if secret.encode() in text]  # fmt: skip
    assert leaks == []


def test_what_was_searched_for_could_have_been_found(arena: Whole) -> None:
    """The outages were told, the requests too, and the secrets are those in use."""
    text = b"".join(logged(arena).values())
    assert b"desk" in text
    assert b"waits" in text
    assert b"POST /api/v1/players" in text
    assert all(len(secret) >= 32 for secret in secrets(arena.home).values())
    header = {"Authorization": f"Bearer {secrets(arena.home)['key']}"}
    answer = httpx.post(f"{arena.url}/api/v1/players", json={}, headers=header)
    assert answer.status_code == 422


@pytest.mark.parametrize("words", [["status", "--json"], ["doctor"], ["doctor", "--json"], ["logs", "-n", "100000"]])
def test_no_secret_is_told_by_a_command(arena: Whole, words: list[str]) -> None:
    done = arena.command(*words)
    assert done.stdout
    assert not [name for name, secret in secrets(arena.home).items() if secret in done.stdout + done.stderr]


@pytest.mark.parametrize("part", ["api", "desk", "pool"])
def test_every_line_is_an_object_that_names_its_process(arena: Whole, part: str) -> None:
    lines = objects((arena.home / "logs" / f"{part}.log").read_text())
    assert lines
    assert {line["process"] for line in lines} == {part}
    assert all({"timestamp", "level", "logger", "message"} <= line.keys() for line in lines)


def test_a_request_is_found_by_its_id(arena: Whole) -> None:
    lines = objects((arena.home / "logs" / "api.log").read_text())
    mine = [line for line in lines if line.get("request_id") == "asked-1"]
    assert any(line["message"].split()[1:3] == ["POST", "/api/v1/players"] for line in mine)


def test_hosts_log_alike_where_the_command_finds_them(arena: Whole) -> None:
    def told() -> list[dict[str, Any]]:
        return objects(arena.command("logs", "hosts", "-n", "100000").stdout)

    until("a host's line about the outage", lambda: any("Redis is away" in line["message"] for line in told()), 30)
    assert {line["process"] for line in told()} == {"host"}
    assert all(line["host"] for line in told())


def test_the_flag_does_what_the_setting_does(arena: Whole) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    servers = {"ARENA_DATABASE_URL": "postgresql://arena:hunter22@127.0.0.1:1/d", "ARENA_REDIS_URL": "redis://:x@h"}
    done = subprocess.run(
        [sys.executable, "-m", "arena.cli.main", "run", "desk", "--log-json"], env={**clean, **servers},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    (line,) = objects(done.stderr)
    assert done.returncode == 1
    assert (line["process"], line["level"], line["code"]) == ("desk", "CRITICAL", "server.unreachable")
    assert "hunter22" not in done.stderr


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line]
