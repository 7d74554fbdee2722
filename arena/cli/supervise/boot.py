"""A whole arena on this machine: servers, schema, reference players, the parts that play, and all of it watched."""

import json
import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING, TypeVar
from urllib.request import urlopen

from arena.cli.supervise.beside import beside
from arena.cli.supervise.home import Home
from arena.cli.supervise.parts import STOP_S, Part
from arena.cli.supervise.rotation import Rotation
from arena.cli.supervise.servers import Backing
from arena.cli.supervise.state import Status, check_ray, place
from arena.core.address import check_host, refusal
from arena.core.errors import PortTaken, ServerFailed
from arena.core.settings import Settings
from arena.core.stop import Stop
from arena.embedded.launch import free_port
from arena.embedded.postgres import Postgres
from arena.embedded.valkey import Valkey
from arena.stream import redis as streams
from workers.match import head

if TYPE_CHECKING:
    from sqlalchemy import Engine

log = logging.getLogger("arena.up")
T = TypeVar("T")

READY_S = 90.0
MOVING_S = 60.0
WATCH_S = 0.5
LEFTOVERS_S = 10.0
SECRETS = ("ARENA_DATABASE_URL", "ARENA_REDIS_URL", "ARENA_API_KEY", "ARENA_SECRETS_KEY")
"""What Ray is not given: whoever runs on it would have it too, and none of them needs it."""
ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound to


class _Stopped(Exception):
    """It was asked to stop."""


class Arena:
    """What `arena up` runs. `say` is told each step; `run` returns after a signal to stop.

    `held` is the lock on ARENA_HOME, where whoever started this process took it already.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None], held: int | None = None) -> None:
        self._settings, self._say, self._held = settings, say, held
        self._home = Home(settings.home)
        self._postgres = Backing(Postgres, settings.home / "postgres", settings.database_url)
        self._valkey = Backing(Valkey, settings.home / "valkey", settings.redis_url)
        self._parts: list[Part] = []
        self._rotation = Rotation(self._home.logs)
        self._addresses: dict[str, str | None] = {}
        self._ready = False
        self._untold = False
        self._stop = Stop()

    @property
    def url(self) -> str:
        host = self._settings.api_host
        return f"http://{'127.0.0.1' if host in ANY else host}:{self._settings.api_port}"

    def run(self) -> None:
        """Start everything, watch it until SIGINT or SIGTERM, stop everything."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop.ask)
        with suppress(_Stopped), ExitStack() as undo:
            self._home.take(self._held)
            undo.callback(self._home.release)
            self._check_address()
            undo.callback(self._end)
            self._start()
            self._watch()

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)
        if self._stop.asked:
            raise _Stopped

    def _await(self, work: "Future[T]") -> T:
        """What it gives, unless it is time to stop first."""
        while not work.done():
            wait([work], 0.1)
            self._pause(0)
        return work.result()

    def _check_address(self) -> None:
        check_host(self._settings)
        # The parts of a run that was killed end by themselves, within seconds.
        deadline = time.monotonic() + (LEFTOVERS_S if self._home.orphaned else 0.0)
        while (error := refusal(self._settings.api_host, self._settings.api_port)) is not None:
            self._pause(0.1)
            if time.monotonic() > deadline:
                what = f"Port {self._settings.api_port} on {self._settings.api_host} cannot be used: {error.strerror}."
                raise PortTaken(what, todo="Stop what uses it, or set ARENA_API_PORT.")

    def _start(self) -> None:
        began = datetime.now(UTC)
        self._say("starting Ray, PostgreSQL and Valkey")
        environment = self._start_ray()
        database_url = self._postgres.start(self._await)
        redis_url = self._valkey.start(self._await)
        client = streams.connect(redis_url)
        self._await(beside(lambda: streams.check(client, redis_url)))
        client.close()
        self._say("bringing the database up to date")
        from arena.cli.supervise.prepare import prepare  # SQLAlchemy and the games: while Ray starts
        from arena.core.vault import ensure_key
        from arena.store import database

        engine = database.connect(database_url)
        ensure_key(self._settings)
        if self._await(beside(lambda: prepare(engine, self._home)))[1]:
            self._say(f"the admin key is in {self._home.admin_key}")
        self._say("starting the API, the desk, the pool and the job runner")
        environment |= {"ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url}
        self._start_parts(environment)
        self._write_run()
        self._wait_ready()
        self._wait_moving(engine, began)
        engine.dispose()
        self._start_process("jobs", environment)  # last: nobody waits for it
        self._pause(0)
        self._ready = True
        self._write_run()
        self._say(f"ready: the ladder is at {self.url}")

    def _start_ray(self) -> dict[str, str]:
        """The variables by which the other parts find Ray; a head of the arena's own is on its way."""
        settings = self._settings
        environment = {"ARENA_HOME": str(settings.home)}
        if (given := settings.ray_address) is not None:
            self._await(beside(lambda: check_ray(given)))  # the pool would wait for it in silence
            # Somebody else's has its token and its addresses, which stay as they are.
            return {**environment, "ARENA_RAY_ADDRESS": given}
        port = free_port()
        address = f"127.0.0.1:{port}"
        environment |= {**head.environment(settings.home / "ray.token"), "ARENA_RAY_ADDRESS": address}
        environment["ARENA_BASES"] = json.dumps(settings.listed)  # its hosts have no others: the API may be sure
        command = head.command(settings.home, port)
        self._start_part(
            "ray", command, {**environment, **dict.fromkeys(SECRETS)}, address, lambda: head.renew(settings.home)
        )
        return environment

    def _start_parts(self, environment: dict[str, str]) -> None:
        self._addresses = self._servers()
        for name in ("pool", "api", "desk"):
            self._start_process(name, environment, self.url if name == "api" else None)

    def _start_process(self, name: str, environment: dict[str, str], address: str | None = None) -> None:
        self._start_part(name, [sys.executable, "-m", "arena.cli.main", "run", name], environment, address)

    def _start_part(
        self, name: str, command: list[str], environment: Mapping[str, str | None], address: str | None,
        before: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        part = Part(name, command, environment, self._home.logs / f"{name}.log", address)
        part.before = before
        self._parts.append(part)
        part.start()

    def _wait_ready(self) -> None:
        """Until the API answers that it is ready; says why when it does not come to."""
        deadline = time.monotonic() + READY_S
        while not self._await(beside(self._is_ready)):
            self._pause(0.1)
            self._watch_parts()
            if time.monotonic() > deadline:
                why = "; ".join(f"{p.name}: {p.last_line()}" for p in self._parts if p.pid is None)
                what = f"The API was not ready after {READY_S:.0f} s. {why}".strip()
                raise ServerFailed(what, todo=f"Read the logs in {self._home.logs}.")

    def _is_ready(self) -> bool:
        with suppress(OSError, HTTPException), urlopen(f"{self.url}/readyz", timeout=2):  # noqa: S310 - our own http address
            return True
        return False

    def _wait_moving(self, engine: "Engine", began: datetime) -> None:
        """Until the first match of this run is settled, where one is to be expected."""
        from arena.flow.outage import AWAY
        from arena.store import matches

        if self._settings.pace == 0:
            return
        self._say("waiting for the first match")
        deadline = time.monotonic() + MOVING_S

        def moved() -> bool:
            with suppress(*AWAY), engine.connect() as connection:
                return matches.any_settled_since(connection, began)
            return False

        while not self._await(beside(moved)):
            if time.monotonic() > deadline:
                self._say(f"no match was played within {MOVING_S:.0f} s; the logs are in {self._home.logs}")
                return
            self._pause(0.1)
            self._watch_parts()

    def _watch(self) -> None:
        while True:
            self._pause(WATCH_S)
            self._watch_parts()

    def _watch_parts(self) -> None:
        watched = (self._postgres, self._valkey, *self._parts)
        happened = [line for line in (part.watch() for part in watched) if line]
        for line in happened:
            log.error(line)
        self._move_parts()
        self._rotation.look()
        if happened or self._untold:
            self._write_run()

    def _servers(self) -> dict[str, str | None]:
        return {"ARENA_DATABASE_URL": self._postgres.url, "ARENA_REDIS_URL": self._valkey.url}

    def _move_parts(self) -> None:
        """Have the parts follow a server that came back on another port, since its own was taken meanwhile."""
        servers = self._servers()
        if self._addresses and servers != self._addresses:
            self._addresses = servers
            for part in self._parts:
                if part.name != "ray":
                    part.move({name: url for name, url in servers.items() if url})

    def _write_run(self) -> None:
        parts = [self._postgres.status(), self._valkey.status(), *(part.status() for part in self._parts)]
        pids = {part.name: part.pid for part in parts}
        if (ray := self._settings.ray_address) is not None:
            parts.insert(2, Status("ray", None, "external", place(ray)))
        try:
            self._home.write_run(
                {"url": self.url, "ready": self._ready, "pids": pids, "parts": [p.plain() for p in parts]}
            )
        except OSError as error:
            if not self._untold:
                log.error("the state of this run cannot be written: %s", error.strerror)
            self._untold = True
        else:
            self._untold = False

    def _end(self) -> None:
        """Everything down: first who writes, then what they write to."""
        self._say("stopping")
        for part in self._parts:
            part.terminate()
        deadline = time.monotonic() + STOP_S  # for all of them together
        for part in self._parts:
            part.stop(max(0.0, deadline - time.monotonic()))
        with ThreadPoolExecutor(2) as both:
            list(both.map(Backing.stop, (self._valkey, self._postgres)))
        head.sweep(self._settings.home)
