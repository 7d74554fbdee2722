"""`arena up` as a person meets it: it starts, plays, stops, leaves nothing behind, and tells what is wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from sqlalchemy import Engine, text

from arena.embedded.launch import free_port
from tests.integration.conftest import Servers
from tests.patience import until

pytestmark = pytest.mark.own

ARENA = [sys.executable, "-m", "arena.cli.main"]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
    return {**clean, "ARENA_HOME": str(tmp_path / "home"), "ARENA_API_PORT": str(free_port())}


@pytest.fixture
def arena(environment: dict[str, str]) -> Run:
    def run(*words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*ARENA, *words], env={**environment, **more}, capture_output=True, text=True, timeout=200, check=False
        )

    return run


@pytest.fixture
def up(arena: Run, environment: dict[str, str]) -> Iterator[dict[str, object]]:
    """A running arena's `run.json`."""
    done = arena("up", "--detach")
    assert done.returncode == 0, done.stdout + done.stderr
    yield json.loads(Path(environment["ARENA_HOME"], "run.json").read_text())
    arena("down")


def mentioning(home: str) -> list[str]:
    """Processes that belong to an arena, by its folder in their environment."""
    found: list[str] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("ARENA_HOME") == home:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def test_from_nothing_to_a_moving_ladder_and_back(
    up: dict[str, object], arena: Run, environment: dict[str, str]
) -> None:
    home = Path(environment["ARENA_HOME"])
    assert (home / "admin.key").stat().st_mode & 0o777 == 0o600
    url = str(up["url"])
    assert httpx.get(f"{url}/readyz").is_success
    until("a ladder", lambda: bool(httpx.get(f"{url}/api/v1/leaderboards/kuhn_poker").json()["rows"]))
    adapters = {"name": "mine", "kind": "weights", "spec": {"upload": "0" * 64, "form": "lora", "base": "mine"}}
    key = {"Authorization": f"Bearer {(home / 'admin.key').read_text().strip()}"}
    refused = httpx.post(f"{url}/api/v1/players", json=adapters, headers=key)
    assert refused.json()["code"] == "base.unknown", "its hosts have no bases, and the API knows it"
    again = arena("up", "--detach")
    assert again.returncode == 0
    assert f"already runs (pid {(home / 'up.lock').read_text().strip()}), at {url}" in again.stdout
    attached = arena("up")
    assert attached.returncode == 1
    assert "home.in_use" in attached.stderr
    assert attached.stderr.count("\n") == 1
    pids = [p for p in dict(up["pids"]).values() if p]  # type: ignore[call-overload]
    assert len(pids) == 7
    assert arena("down").returncode == 0
    until("every process to end", lambda: not mentioning(str(home)) and not any(map(psutil.pid_exists, pids)), 15)
    assert not (home / "run.json").exists()


def test_kill_9_of_the_supervisor_leaves_nothing_behind(
    up: dict[str, object], arena: Run, environment: dict[str, str]
) -> None:
    holder = int(Path(environment["ARENA_HOME"], "up.lock").read_text())
    pids = [int(p) for p in dict(up["pids"]).values()]  # type: ignore[call-overload]
    os.kill(holder, signal.SIGKILL)
    until("every part to notice", lambda: not any(map(psutil.pid_exists, pids)), 20)
    assert arena("up", "--detach").returncode == 0


@pytest.mark.parametrize(
    ("words", "settings", "code"),
    [
        (["up"], {"ARENA_PACE": "quick"}, "config.invalid"),
        (["up"], {"ARENA_HOME": "/proc/nowhere"}, "config.invalid"),
        (["up"], {"ARENA_DATABASE_URL": "postgresql://nobody:x@127.0.0.1:1/none"}, "server.unreachable"),
        (["up"], {"ARENA_REDIS_URL": "redis://127.0.0.1:1/0"}, "server.unreachable"),
        (["up"], {"ARENA_API_HOST": "0.0.0.0"}, "config.invalid"),
        (["run", "desk"], {}, "config.invalid"),
        (["run", "api"], {}, "config.invalid"),
        (["match", "random", "minimax", "--game", "chess960"], {}, "game.unknown"),
        (["match", "random", "nobody", "--game", "tic_tac_toe"], {}, "player.unknown"),
        (["match", "random", "minimax", "--game", "connect_four"], {}, "player.cannot_play"),
        (["match", "random", "random", "--game", "tic_tac_toe", "--variant", "round"], {}, "game.variant_unknown"),
        (["ladder", "tic_tac_toe"], {}, "server.unreachable"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(arena: Run, words: list[str], settings: dict[str, str], code: str) -> None:
    done = arena(*words, **settings)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"[{code}]" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port(arena: Run, environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["ARENA_API_PORT"])))
        taken.listen()
        done = arena("up", "--detach")
    assert done.returncode == 1
    assert "[config.port_taken]" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Path(environment["ARENA_HOME"], "postgres").exists()


def test_a_ray_cluster_that_is_not_there(arena: Run, environment: dict[str, str]) -> None:
    done = arena("up", "--detach", ARENA_RAY_ADDRESS="127.0.0.1:1")
    assert done.returncode == 1
    assert "Ray's address 127.0.0.1:1" in done.stderr
    assert done.stderr.count("\n") == 1
    assert mentioning(environment["ARENA_HOME"]) == []


def test_a_url_that_is_none_starts_nothing(arena: Run, environment: dict[str, str]) -> None:
    for words in (["up"], ["run", "api"], ["backup", "x.tar"]):
        done = arena(*words, ARENA_DATABASE_URL="banana")
        assert done.returncode == 1
        assert "ARENA_DATABASE_URL='banana' cannot be used" in done.stderr
        assert done.stderr.count("\n") == 1
    assert not Path(environment["ARENA_HOME"], "valkey").exists()


def test_a_database_of_a_newer_arena(arena: Run, engine: Engine, database_url: str, servers: Servers) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for words in (["up"], ["db", "upgrade"]):
        done = arena(*words, ARENA_DATABASE_URL=database_url, ARENA_REDIS_URL=servers.redis_url)
        assert done.returncode == 1
        assert "[database.newer]" in done.stderr
        assert done.stderr.count("\n") == 1
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM player")).scalar_one() == 0


def test_wrong_words_exit_with_two(arena: Run) -> None:
    assert arena("fly").returncode == 2
    assert arena("run", "nothing").returncode == 2
