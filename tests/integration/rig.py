"""A whole arena of separate processes on this machine, every one of which a test may kill."""

import os
import signal
import sys
from pathlib import Path

import psutil

from arena.cli.supervise.parts import Part
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from tests.integration.ledger import Ledger
from tests.patience import until
from workers.match import head

LEASE_S = 2
SETTINGS = {
    "ARENA_PACE": "0", "ARENA_LEASE_S": str(LEASE_S), "ARENA_HOSTS": "1", "ARENA_HOST_MATCHES": "48",
    "ARENA_ATTEMPTS": "100",
}  # fmt: skip


class Rig(Ledger):
    """PostgreSQL and Valkey (or the URLs of others, which no test may kill), a Ray head, a desk and a pool."""

    def __init__(self, home: Path, urls: tuple[str, str] | None = None) -> None:
        self.home, self.own = home, urls is None
        self.postgres, self.valkey = Postgres(home / "postgres"), Valkey(home / "valkey")
        super().__init__(*(urls or (self.postgres.start(), self.valkey.start())))
        port = free_port()
        environment = {
            **SETTINGS, **head.environment(home / "ray.token"), "ARENA_HOME": str(home),
            "ARENA_DATABASE_URL": self.database_url, "ARENA_REDIS_URL": self.redis_url,
            "ARENA_RAY_ADDRESS": f"127.0.0.1:{port}",
        }  # fmt: skip
        run = [sys.executable, "-m", "arena.cli.main", "run"]
        commands = {"ray": head.command(home, port), "desk": [*run, "desk"], "pool": [*run, "pool"]}
        self.parts = {name: Part(name, c, environment, home / f"{name}.log") for name, c in commands.items()}
        for part in self.parts.values():
            part.start()

    def close(self) -> None:
        for part in self.parts.values():
            part.terminate()
        for part in self.parts.values():
            part.stop()
        super().close()
        self.valkey.stop()
        self.postgres.stop()
        head.sweep(self.home)

    def host_pids(self) -> list[int]:
        """The match hosts of this rig's Ray."""
        head = self.parts["ray"].pid
        assert head is not None
        family = psutil.Process(head).children(recursive=True)
        return [p.pid for p in family if "ray::Host" in " ".join(p.cmdline())]

    def kill(self, name: str) -> None:
        """`kill -9`, and start again what does not come back by itself."""
        if name == "host":
            (pid,) = self.host_pids()
            os.kill(pid, signal.SIGKILL)
        elif name in ("postgres", "valkey"):
            server = self.postgres if name == "postgres" else self.valkey
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            until(f"{name} to be gone", lambda: not server.alive())
            assert server.start() in (self.database_url, self.redis_url)
        else:
            part = self.parts[name]
            assert part.pid is not None
            os.kill(part.pid, signal.SIGKILL)
            until(f"{name} to be gone", lambda: part.pid is None)
            part.clear()
            part.start()
            if name == "ray":
                # Without its cluster the pool cannot live: it ends, and whoever watches starts it again.
                pool = self.parts["pool"]
                until("the pool to end", lambda: pool.pid is None)
                pool.start()
