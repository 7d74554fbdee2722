"""`arena doctor`: each misconfiguration is provoked, found, and told with what to do."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from arena.cli.doctor import CHECKS
from arena.cli.shared.diagnosis import Finding, Subject, gather
from arena.cli.shared.servers import Postgres, Redis
from arena.core.errors import Unreachable
from arena.core.settings import Settings
from arena.embedded.launch import free_port

GOOD_POSTGRES = Postgres("17.2", 170_002, 0.01)
GOOD_REDIS = Redis("7.2", aof=True, save="", offset_s=0.01)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("ARENA_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return Settings(home=home, api_port=free_port())


@pytest.fixture
def dead() -> int:
    """The pid of a process that has ended."""
    with subprocess.Popen((sys.executable, "-c", "")) as child:
        pass
    return child.pid


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def found(name: str, subject: Subject) -> list[Finding]:
    return list(CHECKS.load(name).check(subject))


def only(name: str, subject: Subject, level: str) -> Finding:
    (finding,) = found(name, subject)
    assert finding.level == level, finding
    assert bool(finding.todo) == (level in ("warn", "fail"))
    return finding


@pytest.mark.parametrize("name", CHECKS.names())
def test_nothing_is_wrong_with_an_empty_home(name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=50 << 30))
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8 << 30))
    assert {f.level for f in found(name, Subject(settings))} <= {"ok", "skip"}
    served = Subject(settings, postgres=GOOD_POSTGRES, redis=GOOD_REDIS)
    assert {f.level for f in found(name, served)} <= {"ok", "skip"}


def test_a_port_somebody_else_listens_on(settings: Settings, listening: int) -> None:
    settings.api_port = listening
    finding = only("port", Subject(settings), "fail")
    assert f"(pid {os.getpid()})" in finding.what
    assert "ARENA_API_PORT" in finding.todo


def test_the_port_of_this_arena(settings: Settings, listening: int) -> None:
    settings.api_port = listening
    only("port", Subject(settings, os.getpid(), {"pids": {"api": os.getpid()}}), "ok")


def test_the_port_of_an_api_run_by_hand(settings: Settings, tmp_path: Path) -> None:
    script = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)"
    words = [sys.executable, "-c", f"{script}; time.sleep(60)", "run", "api"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as api:
        assert api.stdout is not None
        settings.api_port = int(api.stdout.readline())
        finding = only("port", Subject(settings), "warn")
        only("port", Subject(settings, holder=1), "fail")
        api.kill()
    assert f"(pid {api.pid})" in finding.what


def test_a_variable_that_is_no_setting(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_PORT", "1")
    monkeypatch.setenv("ARENA_API_PORT", "1")
    finding = only("variables", Subject(settings), "warn")
    assert (finding.what, "ARENA_API_PORT" in finding.todo) == ("ARENA_PORT is no setting.", True)


def test_an_address_of_another_machine(settings: Settings) -> None:
    settings.api_host = "192.0.2.1"
    assert "ARENA_API_HOST" in only("port", Subject(settings), "fail").todo


def test_a_run_that_was_killed(settings: Settings, dead: int) -> None:
    file = settings.home / "run.json"
    file.write_text(json.dumps({"pids": {"api": dead, "desk": os.getpid(), "postgres": None}}))
    finding = only("leftovers", gather(settings), "warn")
    assert str(file) in finding.what
    assert finding.what.endswith(f"still run: {os.getpid()}.")
    file.write_text("{")
    only("leftovers", gather(settings), "warn")


def test_a_used_pid_of_a_stranger_is_no_leftover(settings: Settings) -> None:
    file = settings.home / "run.json"
    file.write_text(json.dumps({"pids": {"desk": os.getpid()}}))
    os.utime(file, (1_000_000, 1_000_000))
    assert "still run" not in only("leftovers", gather(settings), "warn").what


def test_a_lock_whose_holder_is_dead(settings: Settings, dead: int) -> None:
    with (settings.home / "up.lock").open("w+") as lock:
        lock.write(f"{dead}\n")
        lock.flush()
        only("leftovers", gather(settings), "ok")
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert f"process {dead}" in only("leftovers", gather(settings), "fail").what


def test_a_server_folder_held_without_an_arena(settings: Settings) -> None:
    (settings.home / "valkey").mkdir()
    with (settings.home / "valkey/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "valkey/lock" in only("leftovers", gather(settings), "warn").what


@pytest.mark.parametrize(("offset_s", "level"), [(1.9, "ok"), (2.1, "fail"), (-2.1, "fail")])
def test_a_clock_that_is_off(settings: Settings, offset_s: float, level: str) -> None:
    only("clock", Subject(settings, postgres=Postgres("17", 170_000, offset_s)), level)
    redis = only("clock", Subject(settings, redis=Redis("7", aof=True, save="", offset_s=offset_s)), level)
    assert level == "ok" or ("behind" if offset_s < 0 else "ahead") in redis.what


@pytest.mark.parametrize(("mib", "level"), [(1024, "ok"), (1023, "warn"), (100, "warn"), (99, "fail")])
def test_a_disk_that_fills(settings: Settings, monkeypatch: pytest.MonkeyPatch, mib: int, level: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=mib << 20))
    settings.home = settings.home / "not" / "made" / "yet"
    only("disk", Subject(settings), level)


@pytest.mark.parametrize(("mib", "level"), [(2048, "ok"), (2047, "warn")])
def test_little_memory(settings: Settings, monkeypatch: pytest.MonkeyPatch, mib: int, level: str) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=mib << 20))
    only("memory", Subject(settings), level)


@pytest.mark.parametrize(
    ("aof", "save", "level"),
    [(True, "", "ok"), (False, "3600 1", "ok"), (False, "", "warn"), (False, None, "skip")],
)
def test_a_redis_that_forgets(settings: Settings, aof: bool, save: str | None, level: str) -> None:
    only("persistence", Subject(settings, redis=Redis("7", aof=aof, save=save, offset_s=0)), level)


@pytest.mark.parametrize(("number", "level"), [(130_020, "fail"), (140_000, "ok"), (180_000, "ok")])
def test_a_postgresql_that_is_too_old(settings: Settings, number: int, level: str) -> None:
    only("postgres", Subject(settings, postgres=Postgres(f"{number // 10_000}", number, 0)), level)


@pytest.mark.parametrize(
    ("name", "variable", "url"),
    [
        ("postgres", "database_url", "postgresql://me:secret@127.0.0.1:1/none"),
        ("postgres", "database_url", "mysql://me:secret@127.0.0.1:1/none"),
        ("postgres", "database_url", "me:secret"),
        ("redis", "redis_url", "redis://me:secret@127.0.0.1:1/0"),
        ("redis", "redis_url", "me:secret"),
    ],
)
def test_servers_that_do_not_answer(settings: Settings, name: str, variable: str, url: str) -> None:
    setattr(settings, variable, url)
    subject = gather(settings)
    assert isinstance(getattr(subject, name), Unreachable)
    finding = only(name, subject, "fail")
    assert "secret" not in str(finding)
    assert f"ARENA_{variable.upper()}" in finding.todo
    only("clock", subject, "skip")
    only("persistence", subject, "skip")


def test_a_ray_that_does_not_listen(settings: Settings, listening: int) -> None:
    for address in (f"127.0.0.1:{listening}", f"ray://127.0.0.1:{listening}"):
        settings.ray_address = address
        only("ray", Subject(settings), "ok")
    for address in (f"127.0.0.1:{free_port()}", "nonsense"):
        settings.ray_address = address
        assert "ARENA_RAY_ADDRESS" in only("ray", Subject(settings), "fail").todo


@pytest.mark.parametrize("secret", ["admin.key", "secrets.key", "ray.token", "postgres/password"])
def test_secrets_others_can_read(settings: Settings, secret: str) -> None:
    file = settings.home / secret
    file.parent.mkdir(exist_ok=True)
    file.touch(0o600)
    only("permissions", Subject(settings), "ok")
    file.chmod(0o640)
    assert f"chmod 600 {file}" in only("permissions", Subject(settings), "fail").todo


def test_a_secret_of_another_user(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (settings.home / "admin.key").touch(0o600)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "cannot read" in only("permissions", Subject(settings), "fail").what


def test_a_folder_others_can_look_into(settings: Settings) -> None:
    settings.home.chmod(0o755)
    assert "chmod 700" in only("permissions", Subject(settings), "warn").todo


def test_a_public_address(settings: Settings) -> None:
    settings.api_host = "0.0.0.0"
    assert "ARENA_PUBLIC" in only("bind", Subject(settings), "fail").todo
    settings.public = True
    only("bind", Subject(settings), "ok")


def test_the_command_tells_and_fails(settings: Settings) -> None:
    (settings.home / "admin.key").touch(0o644)
    (settings.home / "admin.key").chmod(0o644)
    environment = {"ARENA_HOME": str(settings.home), "ARENA_API_PORT": str(settings.api_port)}
    command = (sys.executable, "-m", "arena.cli.main", "doctor")

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        given = {**os.environ, **environment}
        return subprocess.run((*command, *words), capture_output=True, text=True, env=given, timeout=60, check=False)

    done = run("--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["ok"]) == (1, False)
    assert {f["check"] for f in told["findings"]} == set(CHECKS.names())
    assert [f["check"] for f in told["findings"] if f["level"] == "fail"] in (["permissions"], ["disk", "permissions"])
    assert "chmod 600" in run().stdout
    (settings.home / "admin.key").chmod(0o600)
    assert "fail" not in {f["level"] for f in json.loads(run("--json").stdout)["findings"] if f["check"] != "disk"}


def test_an_artifact_store_that_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    assert only("artifacts", Subject(settings), "ok").what.endswith("can be written to")
    (tmp_path / "file").touch()
    blocked = settings.model_copy(update={"artifacts_url": (tmp_path / "file/store").as_uri()})
    assert "ARENA_ARTIFACTS_URL" in only("artifacts", Subject(blocked), "fail").todo
    elsewhere = settings.model_copy(update={"artifacts_url": "s3://bucket/x"})
    assert "s3fs" in only("artifacts", Subject(elsewhere), "fail").todo
    assert only("artifacts", Subject(settings.model_copy(update={"artifacts_url": "memory://x"})), "ok")
