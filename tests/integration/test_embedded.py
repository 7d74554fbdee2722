"""The embedded servers' lives: they start, keep what they were told whatever is killed, and leave nothing behind."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis

from arena.core.errors import HomeInUse
from arena.embedded import identity
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.server import Server
from arena.embedded.valkey import Valkey

pytestmark = pytest.mark.own

ROOT = Path(__file__).parents[2]
BOUND_S = 15
KINDS = [Postgres, Valkey]
# What PostgreSQL can run as on this machine: root has two ways, anybody else one.
MODES = (["namespace"] * identity.namespaces_work() + ["nobody"]) if os.geteuid() == 0 else ["plain"]
# Starts a server, says how, and lives until its input ends.
LAUNCHER = """
import sys
from pathlib import Path
from arena.core.errors import ArenaError
from arena.embedded import launch
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
kind, folder, tied = sys.argv[1:]
if tied == "untied":
    launch.tie = lambda signal_name: ()
server = {"Postgres": Postgres, "Valkey": Valkey}[kind](Path(folder))
try:
    print(server.start(), server.pid, flush=True)
except ArenaError as error:
    print(error.code, error, flush=True)
else:
    sys.stdin.read()
"""


class Tally:
    """Writes to a server and counts what it has kept, whichever server it is."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("+psycopg", "")

    def add(self, entries: int) -> None:
        if self.url.startswith("redis"):
            with redis.Redis.from_url(self.url) as client:
                for n in range(entries):
                    client.xadd("results", {"n": n})
                # Valkey may answer before it writes, when the disk is slow; this waits for the disk.
                assert client.waitaof(1, 0, BOUND_S * 1000)[0] == 1
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS result (n int)")
            connection.execute("INSERT INTO result SELECT generate_series(1, %s)", (entries,))

    def count(self) -> int:
        if self.url.startswith("redis"):
            with redis.Redis.from_url(self.url) as client:
                return client.xlen("results")
        with psycopg.connect(self.url) as connection:
            row = connection.execute("SELECT count(*) FROM result").fetchone()
            return row[0] if row else -1


@pytest.fixture(params=[(Postgres, mode) for mode in MODES] + [(Valkey, "plain")], ids=lambda p: f"{p[0].name}-{p[1]}")
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Server]:
    """Each server, as each user it can run as here."""
    kind, mode = request.param
    if mode == "nobody":
        monkeypatch.setattr(identity, "namespaces_work", lambda: False)
    return kind


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[type[Server]], Server]]:
    """Makes servers on one folder, and stops them in the end."""
    servers: list[Server] = []

    def make(kind: type[Server]) -> Server:
        servers.append(kind(tmp_path / "home" / "server"))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts servers from other processes, on the same folder."""
    started: list[subprocess.Popen[str]] = []

    def spawn(kind: type[Server], *, tied: str = "tied") -> subprocess.Popen[str]:
        command = [sys.executable, "-c", LAUNCHER, kind.__name__, str(tmp_path / "home" / "server"), tied]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT))
        return started[-1]

    yield spawn
    for process in started:
        process.communicate(timeout=BOUND_S)


def first_line(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def family(pid: int | None) -> list[psutil.Process]:
    main = psutil.Process(pid)
    return [main, *main.children(recursive=True)]


def all_end(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=BOUND_S)[1]


def test_what_was_committed_survives_kill_9_of_the_server(kind: type[Server], serve: Any) -> None:
    server = serve(kind)
    url = server.start()
    Tally(url).add(100)
    psutil.Process(server.pid).kill()
    assert server.start() == url
    assert Tally(url).count() == 100


def test_a_new_object_takes_over_from_a_killed_server(kind: type[Server], serve: Any) -> None:
    server = serve(kind)
    Tally(server.start()).add(3)
    psutil.Process(server.pid).kill()
    assert Tally(serve(kind).start()).count() == 3
    assert not server.alive()
    assert server.pid is None


def test_stop_is_clean_and_leaves_no_process(kind: type[Server], serve: Any) -> None:
    server = serve(kind)
    url = server.start()
    Tally(url).add(5)
    processes = family(server.pid)
    server.stop()
    server.stop()
    assert not any(process.is_running() for process in processes)
    assert not server.alive()
    assert Tally(server.start()).count() == 5
    if kind is Postgres:
        assert "not properly shut down" not in (server._folder.path / "postgres.log").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_arena_is_turned_away(kind: type[Server], serve: Any, launch: Any) -> None:
    server = serve(kind)
    url = server.start()
    code, *words = first_line(launch(kind))
    assert code == HomeInUse.code
    assert str(os.getpid()) in " ".join(words)
    for other in (server, serve(kind)):
        with pytest.raises(HomeInUse):
            other.start()
    Tally(url).add(1)
    assert Tally(url).count() == 1


def test_servers_end_with_the_process_that_started_them(kind: type[Server], serve: Any, launch: Any) -> None:
    launcher = launch(kind)
    url, pid = first_line(launcher)
    Tally(url).add(7)
    processes = family(int(pid))
    launcher.kill()
    server = serve(kind)
    assert Tally(server.start()).count() == 7, "and the next start does not wait for long"
    assert all_end(processes)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_left_behind_is_replaced(kind: type[Server], serve: Any, launch: Any) -> None:
    """As on macOS, where a server cannot be tied to the life of its launcher."""
    launcher = launch(kind, tied="untied")
    url, pid = first_line(launcher)
    Tally(url).add(2)
    left = psutil.Process(int(pid))
    launcher.kill()
    launcher.wait()
    assert left.is_running()
    assert Tally(serve(kind).start()).count() == 2
    assert not left.is_running()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_outlives_the_thread_that_started_it(kind: type[Server], serve: Any) -> None:
    server = serve(kind)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    with pytest.raises(psutil.TimeoutExpired):
        psutil.Process(server.pid).wait(timeout=0.5)
    assert server.alive()


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(serve: Any) -> None:
    server = serve(Postgres)
    Tally(server.start()).add(4)
    psutil.Process(server.pid).kill()
    file = server._folder.data / "postmaster.pid"
    assert server._child.ended.wait(BOUND_S)
    _, *rest = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *rest]))
    assert Tally(server.start()).count() == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_taken_meanwhile_is_left_to_its_owner(kind: type[Server], serve: Any) -> None:
    server = serve(kind)
    url = server.start()
    Tally(url).add(6)
    server.stop()
    port = int(url.rpartition("@127.0.0.1:")[2].split("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        new = server.start()
    assert new != url
    assert Tally(new).count() == 6


@pytest.mark.parametrize("kind", KINDS)
def test_a_port_taken_at_the_last_moment_is_left_too(
    kind: type[Server], serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken, free = other.getsockname()[1], free_port(None)
        offers = iter([taken, free])
        monkeypatch.setattr("arena.embedded.server.free_port", lambda _: next(offers))
        assert f":{free}/" in serve(kind).start()


def test_a_valkey_cut_off_in_mid_write_starts(serve: Any) -> None:
    server = serve(Valkey)
    Tally(server.start()).add(10)
    psutil.Process(server.pid).kill()
    assert server._child.ended.wait(BOUND_S)
    file = next((server._folder.data / "appendonlydir").glob("*.incr.aof"))
    os.truncate(file, file.stat().st_size - 3)
    assert Tally(server.start()).count() == 9
