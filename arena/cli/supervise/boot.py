"""A whole arena on this machine: servers, schema, reference players, the parts that play, and all of it watched."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
from sqlalchemy import Engine

from arena.cli.supervise.home import Home
from arena.cli.supervise.parts import Part
from arena.cli.supervise.servers import Backing
from arena.cli.supervise.state import Status, place
from arena.core.errors import PortTaken, ServerFailed
from arena.core.settings import Settings
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.flow.submit import seat_references
from arena.store import database, matches, schema
from arena.stream import redis as streams

log = logging.getLogger("arena.up")

READY_S = 90.0
MOVING_S = 60.0
WATCH_S = 0.5
ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to


class Arena:
    """What `arena up` runs. `say` is told each step; `run` returns after a signal to stop."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._home = Home(settings.home)
        self._postgres = Backing(Postgres, settings.home / "postgres", settings.database_url)
        self._valkey = Backing(Valkey, settings.home / "valkey", settings.redis_url)
        self._parts: list[Part] = []
        self._ready = False
        self._stop = threading.Event()

    @property
    def url(self) -> str:
        host = self._settings.api_host
        return f"http://{'127.0.0.1' if host in ANY else host}:{self._settings.api_port}"

    def run(self) -> None:
        """Start everything, watch it until SIGINT or SIGTERM, stop everything."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._heard)
        with ExitStack() as undo:
            self._home.take()
            undo.callback(self._home.release)
            self._check_address()
            undo.callback(self._end)
            self._start()
            self._watch()

    def _heard(self, number: int, frame: object) -> None:
        self._stop.set()

    def _check_address(self) -> None:
        from api.serve import check_host

        check_host(self._settings)
        host, port = self._settings.api_host, self._settings.api_port
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                what = f"Port {port} on {host} cannot be used: {error.strerror}."
                raise PortTaken(what, todo="Stop what uses it, or set ARENA_API_PORT.") from None

    def _start(self) -> None:
        began = datetime.now(UTC)
        self._say("starting PostgreSQL and Valkey")
        database_url = self._postgres.start()
        redis_url = self._valkey.start()
        engine = database.connect(database_url)
        database.check(engine)
        client = streams.connect(redis_url)
        streams.check(client, redis_url)
        client.close()
        self._say("bringing the database up to date")
        schema.upgrade(engine)
        with engine.begin() as connection:
            seat_references(connection)
        if self._home.ensure_admin_key(engine):
            self._say(f"the admin key is in {self._home.admin_key}")
        self._say("starting Ray, the API, the desk and the pool")
        self._start_parts(database_url, redis_url)
        self._write_run()
        self._wait_ready()
        self._wait_moving(engine, began)
        engine.dispose()
        self._ready = True
        self._write_run()
        self._say(f"ready: the ladder is at {self.url}")

    def _start_parts(self, database_url: str, redis_url: str) -> None:
        from workers.match import cluster  # imports ray: only here, and late

        settings = self._settings
        urls = {"ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url, "ARENA_HOME": str(settings.home)}
        address = settings.ray_address
        commands: dict[str, list[str]] = {}
        if address is None:
            # Only for a Ray of our own: somebody else's has its token and its addresses, which stay as they are.
            urls.update(cluster.environment(settings.home / "ray.token"))
            cluster.sweep(settings.home)
            port = free_port()
            commands["ray"] = cluster.head_command(settings.home, port)
            address = f"127.0.0.1:{port}"
        urls["ARENA_RAY_ADDRESS"] = address
        for name in ("api", "desk", "pool"):
            commands[name] = [sys.executable, "-m", "arena.cli.main", "run", name]
        addresses = {"ray": address, "api": self.url}
        for name, command in commands.items():
            part = Part(name, command, urls, self._home.logs / f"{name}.log", addresses.get(name))
            self._parts.append(part)
            part.start()

    def _wait_ready(self) -> None:
        """Until the API answers that it is ready; says why when it does not come to."""
        deadline = time.monotonic() + READY_S
        while not self._stop.wait(0.1):
            self._watch_parts()
            try:
                if httpx.get(f"{self.url}/readyz", timeout=2).is_success:
                    return
            except httpx.TransportError:
                pass
            if time.monotonic() > deadline:
                why = "; ".join(f"{p.name}: {p.last_line()}" for p in self._parts if p.pid is None)
                what = f"The API was not ready after {READY_S:.0f} s. {why}".strip()
                raise ServerFailed(what, todo=f"Read the logs in {self._home.logs}.")

    def _wait_moving(self, engine: Engine, began: datetime) -> None:
        """Until the first match of this run is settled, where one is to be expected."""
        if self._settings.pace == 0:
            return
        self._say("waiting for the first match")
        deadline = time.monotonic() + MOVING_S
        while not self._stop.wait(0.1) and time.monotonic() < deadline:
            self._watch_parts()
            with engine.connect() as connection:
                if matches.any_settled_since(connection, began):
                    return
        if not self._stop.is_set():
            self._say(f"no match was played within {MOVING_S:.0f} s; the logs are in {self._home.logs}")

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_S):
            self._watch_parts()

    def _watch_parts(self) -> None:
        watched = (self._postgres, self._valkey, *self._parts)
        happened = [line for line in (part.watch() for part in watched) if line]
        for line in happened:
            log.error(line)
        if happened:
            self._write_run()

    def _write_run(self) -> None:
        parts = [self._postgres.status(), self._valkey.status(), *(part.status() for part in self._parts)]
        pids = {part.name: part.pid for part in parts}
        if (ray := self._settings.ray_address) is not None:
            parts.insert(2, Status("ray", None, "external", place(ray)))
        self._home.write_run({"url": self.url, "ready": self._ready, "pids": pids, "parts": [p.plain() for p in parts]})

    def _end(self) -> None:
        """Everything down: first who writes, then what they write to."""
        self._say("stopping")
        for part in self._parts:
            part.terminate()
        for part in self._parts:
            part.stop()
        self._valkey.stop()
        self._postgres.stop()
