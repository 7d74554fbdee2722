"""A whole arena with a queue that is fed: what `bench.pipeline` measures, started by `arena up` like anybody's."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from sqlalchemy import Engine

from arena.cli.supervise.home import Home
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.flow.submit import Submission, seat_references
from arena.store import database, matches, players, queue, schema
from arena.store.matches import NewMatch
from games import catalog
from games.record import rules_hash

GAME = "tic_tac_toe"
PLAYERS = tuple(Submission(f"bench-{n}", "random", league="reference") for n in "ab")
READY_S = 120.0


class Load:
    """An arena at pace zero, whose matches come from here."""

    def __init__(self, engine: Engine, redis_url: str, pid: int, servers: dict[str, int]) -> None:
        self.engine, self.redis_url, self._pid, self._servers = engine, redis_url, pid, servers
        with engine.begin() as connection:
            seat_references(connection, PLAYERS)
            self._seats = [v.id for v in players.versions(connection) if v.player.startswith("bench-")]
        self._rules = catalog.load(GAME)

    def make(self, n: int) -> None:
        """Queue `n` rated matches of random players."""
        fmt = self._rules.facts.rated
        new = [
            NewMatch(
                game=GAME, variant="standard", rounds=fmt.rounds, opening_plies=fmt.opening_plies, view="prose",
                rules_hash=rules_hash(self._rules), league="open", purpose="rated", seed=secrets.randbits(63),
                seats=self._seats[:: 1 if i % 2 else -1],
            )
            for i in range(n)
        ]  # fmt: skip
        with self.engine.begin() as connection:
            matches.add(connection, new)

    def queued(self) -> int:
        """Matches that wait to be played."""
        with self.engine.connect() as connection:
            return queue.depth(connection).get("queued", 0)

    @contextmanager
    def fed(self, step: Callable[[], None], every_s: float) -> Iterator[None]:
        """Call `step` every so often on a thread while the block runs."""
        over = threading.Event()

        def feed() -> None:
            due = time.monotonic()
            while not over.is_set():
                step()
                due += every_s
                over.wait(max(0.0, due - time.monotonic()))

        thread = threading.Thread(target=feed)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def cpu_seconds(self) -> dict[tuple[str, int], float]:
        """CPU time so far of each process, by (part, pid)."""
        spent: dict[tuple[str, int], float] = {}
        family = [*psutil.Process(self._pid).children(recursive=True)]
        for name, pid in self._servers.items():
            server = psutil.Process(pid)
            for process in [server, *server.children(recursive=True)]:
                spent[name, process.pid] = _cpu(process)
        for process in family:
            spent[_part(process), process.pid] = _cpu(process)
        return spent


def _cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def _part(process: psutil.Process) -> str:
    try:
        line = process.cmdline()
    except psutil.NoSuchProcess:
        return "other"
    if "ray::Host" in " ".join(line):
        return "match hosts"
    return line[-1] if line[-2:-1] == ["run"] else "other"


@contextmanager
def arena_under_load() -> Iterator[Load]:
    """Start an arena of its own in a temporary folder; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="arena-bench-") as folder:
        home = Path(folder)
        postgres, valkey = Postgres(home / "postgres"), Valkey(home / "valkey")
        child: subprocess.Popen[bytes] | None = None
        try:
            database_url, redis_url = postgres.start(), valkey.start()
            engine = database.connect(database_url)
            schema.upgrade(engine)
            environment = {
                **os.environ, "ARENA_HOME": folder, "ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url,
                "ARENA_PACE": "0", "ARENA_API_PORT": str(free_port()),
            }  # fmt: skip
            with (home / "up.log").open("wb") as log:
                child = subprocess.Popen([sys.executable, "-m", "arena.cli.main", "up"], env=environment, stdout=log)
            _wait_ready(Home(home), child, home)
            pids = {"PostgreSQL": postgres.pid, "Valkey": valkey.pid}
            yield Load(engine, redis_url, child.pid, {k: v for k, v in pids.items() if v})
            engine.dispose()
        finally:
            if child is not None:
                child.send_signal(signal.SIGTERM)
                child.wait()
            valkey.stop()
            postgres.stop()


def _wait_ready(home: Home, child: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + READY_S
    while not home.run().get("ready"):
        if child.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the arena did not start: {(folder / 'up.log').read_text()}")
        time.sleep(0.1)
