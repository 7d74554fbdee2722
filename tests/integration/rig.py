"""A whole arena of separate processes on this machine, every one of which a test may kill."""

import os
import signal
import sys
from pathlib import Path
from uuid import UUID

import psutil
from sqlalchemy import text

from arena.cli.supervise.parts import Part
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.flow.submit import Submission, seat_references
from arena.store import database, matches, players, schema
from arena.store.matches import NewMatch
from arena.stream.redis import FEED, connect
from arena.stream.results import backlog
from games import catalog
from games.record import rules_hash
from tests.patience import until
from workers.match import head

PLAYERS = (
    Submission("random-a", "random", league="reference"),
    Submission("random-b", "random", league="reference"),
    Submission("mcts", "mcts", {"simulations": 30}, "reference"),
)
LEASE_S = 2
SETTINGS = {
    "ARENA_PACE": "0", "ARENA_LEASE_S": str(LEASE_S), "ARENA_HOSTS": "1", "ARENA_HOST_MATCHES": "48",
    "ARENA_ATTEMPTS": "100",
}  # fmt: skip


class Rig:
    """PostgreSQL, Valkey, a Ray head, a desk and a pool."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.postgres, self.valkey = Postgres(home / "postgres"), Valkey(home / "valkey")
        self.database_url, self.redis_url = self.postgres.start(), self.valkey.start()
        self.engine = database.connect(self.database_url)
        schema.upgrade(self.engine)
        with self.engine.begin() as connection:
            seat_references(connection, PLAYERS)
            self.ids = {v.player: v.id for v in players.versions(connection)}
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
        self.engine.dispose()
        self.valkey.stop()
        self.postgres.stop()
        head.sweep(self.home)

    def queue(self, game: str, a: str, b: str, n: int) -> list[UUID]:
        rules = catalog.load(game)
        fmt = rules.facts.rated
        new = [
            NewMatch(
                game=game, variant="standard", rounds=fmt.rounds, opening_plies=fmt.opening_plies, view="prose",
                rules_hash=rules_hash(rules), league="open", purpose="rated", seed=seed,
                seats=[self.ids[a], self.ids[b]][:: 1 if seed % 2 else -1],
            )
            for seed in range(n)
        ]  # fmt: skip
        with self.engine.begin() as connection:
            return matches.add(connection, new)

    def settled(self, ids: list[UUID]) -> int:
        return self.scalar("SELECT count(*) FROM result WHERE match_id = ANY(:ids)", ids=ids)

    def scalar(self, query: str, **values: object) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(text(query), values).scalar_one())

    def reports(self) -> int:
        """Reports that wait to be settled."""
        client = connect(self.redis_url)
        waiting = backlog(client)
        client.close()
        return waiting

    def fed(self) -> list[tuple[int, str]]:
        """(number, match) of every settled match on the feed."""
        import json

        client = connect(self.redis_url)
        entries = client.xrange(FEED)
        client.close()
        return [
            (int(i.decode().partition("-")[0]), json.loads(f[b"data"])["match_id"])
            for i, f in entries
            if f[b"event"] == b"match.settled"
        ]

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
