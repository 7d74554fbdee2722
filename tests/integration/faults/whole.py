"""A whole `arena up` that a test may hurt anywhere: what runs in it, what it has settled, and what it left behind."""

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from arena.embedded.folder import Folder
from arena.embedded.launch import free_port, leftovers
from arena.embedded.postgres import Postgres
from arena.flow.submit import Submission, seat_references
from arena.store import database, matches, players
from arena.store.matches import NewMatch
from games import catalog
from games.record import rules_hash
from tests.patience import until
from workers.match import head

PARTS = ("postgres", "valkey", "ray", "api", "desk", "pool", "jobs")
VICTIMS = (*PARTS, "host", "up")
RANDOMS = tuple(Submission(f"random-{n}", "random", league="reference") for n in "abc")
GAMES = ("tic_tac_toe", "connect_four")
RECOVERY_S = 150.0
"""The longest pause of a part that has died often, and a start of everything on a busy machine."""
SETTINGS = {
    "ARENA_PACE": "20", "ARENA_LEASE_S": "3", "ARENA_HOSTS": "1", "ARENA_HOST_MATCHES": "32", "ARENA_ATTEMPTS": "100",
    "ARENA_DAILY": "1000000",
}  # fmt: skip


class Whole:
    """One arena, and the `arena up` that supervises it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        clean = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
        self.environment = {**clean, **SETTINGS, "ARENA_HOME": str(home), "ARENA_API_PORT": str(free_port())}
        self.url = f"http://127.0.0.1:{self.environment['ARENA_API_PORT']}"
        self._said = home.with_name("up.out")
        self._engine: Engine | None = None
        self._up: subprocess.Popen[bytes] | None = None
        self._seed = 0

    def up(self) -> None:
        """Start it, and wait until it is ready."""
        self._up = self._spawn()
        self._wait()

    def race(self, n: int) -> list[str]:
        """Start it so many times at once; gives what those said that ended, once it is ready."""
        racers = [self._spawn(self.home.with_name(f"racer-{i}")) for i in range(n)]
        until("all but one to end", lambda: sum(r.poll() is None for r in racers) == 1)
        (self._up,) = [r for r in racers if r.poll() is None]
        self._wait()
        return [self.home.with_name(f"racer-{i}").read_text() for i, r in enumerate(racers) if r.poll() == 1]

    def _wait(self) -> None:
        until("the arena to be ready", lambda: self._living() and bool(self.run().get("ready")), RECOVERY_S)
        with self.engine.begin() as connection:
            seat_references(connection, RANDOMS)
        until("every part to live", lambda: self.pids().keys() == set(PARTS))

    def _spawn(self, said: Path | None = None) -> "subprocess.Popen[bytes]":
        with (said or self._said).open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "arena.cli.main", "up"], env=self.environment, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    def _living(self) -> bool:
        assert self._up is not None
        assert self._up.poll() is None, self._said.read_text()[-2000:]
        return True

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Another command on the same folder."""
        command = [sys.executable, "-m", "arena.cli.main", *words]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=RECOVERY_S, check=False
        )

    def down(self) -> None:
        """Stop it as a person would; all of it must be gone."""
        if self._engine is not None:
            self._engine.dispose()
        if self._up is not None:
            self._up.terminate()
            self._up.wait(60)
        until("every process to end", lambda: not self.processes(), 30)

    def close(self) -> None:
        """Whatever happened: nothing of it stays on this machine."""
        if self._up is not None and self._up.poll() is None:
            self._up.kill()
            self._up.wait()
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()
        head.sweep(self.home)

    def run(self) -> dict[str, Any]:
        with suppress(OSError, json.JSONDecodeError):
            return json.loads((self.home / "run.json").read_text())
        return {}

    def pids(self) -> dict[str, int]:
        """The parts that live now, by name."""
        told = self.run().get("pids") or {}
        mine = {p.pid for p in self.processes()}
        return {name: pid for name, pid in told.items() if pid in mine}

    def processes(self) -> list[psutil.Process]:
        """Everything that belongs to it, by its folder in their environment, or the servers' mark."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("ARENA_HOME") == str(self.home):
                    found.append(process)
        for name, program in (("postgres", "postgres"), ("valkey", "valkey-server")):
            found += leftovers(program, Folder(self.home / name).mark)
        return found

    @property
    def ray(self) -> Path:
        """Where Ray keeps its sessions."""
        return head.sessions(self.home)

    def victim(self, name: str) -> int | None:
        """The process to kill; None when it does not live just now."""
        if name == "up":
            assert self._up is not None
            return self._up.pid
        if name != "host":
            return self.pids().get(name)
        ray = self.pids().get("ray")
        with suppress(psutil.Error):
            family = psutil.Process(ray).children(recursive=True) if ray else []
            return next((p.pid for p in family if p.cmdline() and p.cmdline()[0].startswith("ray::Host")), None)
        return None

    def kill(self, name: str) -> bool:
        """SIGKILL; a supervisor is started again at once, as whoever watches it would. Whether it lived."""
        pid = self.victim(name)
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        if name == "up":
            assert self._up is not None
            self._up.wait()
            self._up = self._spawn()
        return True

    def well(self) -> bool:
        """Whether every part runs and the API is ready."""
        self._living()
        with suppress(httpx.HTTPError):
            return self.pids().keys() == set(PARTS) and httpx.get(f"{self.url}/readyz", timeout=5).is_success
        return False

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = database.connect(Postgres(self.home / "postgres").url_of_running())
        return self._engine

    def scalar(self, query: str, **values: object) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text(query), values).scalar_one())

    def settled(self) -> int:
        """How many matches are; -1 while the database is away."""
        with suppress(OperationalError):
            return self.scalar("SELECT count(*) FROM result")
        return -1

    def queue(self, n: int) -> list[UUID]:
        """More matches between cheap players, on seeds of their own."""
        with self.engine.begin() as connection:
            known = {v.player: v.id for v in players.versions(connection)}
            ids = [known[r.name] for r in RANDOMS]
            return matches.add(connection, [self._match(ids) for _ in range(n)])

    def _match(self, ids: list[UUID]) -> NewMatch:
        self._seed += 1
        drawn = random.Random(self._seed)
        rules = catalog.load(drawn.choice(GAMES))
        fmt = rules.facts.rated
        return NewMatch(
            game=rules.facts.name, variant="standard", rounds=fmt.rounds, opening_plies=fmt.opening_plies,
            view="prose", rules_hash=rules_hash(rules), league="open", purpose="rated", seed=self._seed,
            seats=drawn.sample(ids, 2),
        )  # fmt: skip
