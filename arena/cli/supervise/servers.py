"""The servers that everything else needs: the arena's own, watched and started again, or somebody else's by URL."""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path

from arena.cli.supervise.backoff import Backoff
from arena.cli.supervise.beside import beside
from arena.cli.supervise.state import Status, last_line, place
from arena.embedded.launch import STOP_S
from arena.embedded.server import Server

LOOK_S = 0.1


class Backing:
    """PostgreSQL or Valkey. One that is given by URL is never started, watched or stopped."""

    def __init__(self, kind: type[Server], folder: Path, given: str | None) -> None:
        self.name = folder.name
        self.url = given
        self._server, self._given = kind(folder), given
        self._log = folder / f"{kind.program}.log"
        self._backoff = Backoff()
        self._attempt: Future[str] | None = None
        self._restarts = 0
        self._stopped = True
        self._last_error: str | None = None

    def start(self, await_: Callable[[Future[str]], str] = Future.result) -> str:
        """Its URL, once it answers where it is the arena's own. Raises as `Server.start` does, or as `await_` does.

        A start that was not awaited to its end goes on until `stop`.
        """
        if self._given is not None:
            return self._given
        self._backoff.started()
        self._attempt = beside(self._server.start)
        self.url = await_(self._attempt)
        self._attempt, self._stopped = None, False
        return self.url

    def watch(self) -> str | None:
        """Start it again if it died and its pause is over; gives a line for the log when something happened.

        It never waits: the start, a recovery of minutes perhaps, goes on beside the watch of the other parts.
        """
        if self._attempt is not None:
            return self._outcome(self._attempt) if self._attempt.done() else None
        if self._given is not None or self._stopped or self._server.alive():
            return None
        if not self._backoff.waiting:
            return self._died(f"ended: {last_line(self._log)}")
        if self._backoff.over:
            self._backoff.started()
            self._attempt = beside(self._server.start)
        return None

    def stop(self) -> None:
        """End it, if it is the arena's own."""
        self._stopped = True
        deadline = time.monotonic() + STOP_S
        while self._attempt is not None and not self._attempt.done():
            self._server.stop()  # a start under way fails when its server ends
            if time.monotonic() > deadline:
                break  # its data are still being made: initdb ends with this process, and what it made is thrown away
            wait([self._attempt], LOOK_S)
        self._attempt = None
        self._server.stop()

    def status(self) -> Status:
        """What it does now."""
        pid = self._server.pid if self._attempt is None else None
        running, dead = ("running", "stopped" if self._stopped else "waiting")
        state = "external" if self._given is not None else running if pid else dead
        address = place(self.url) if self.url else None
        return Status(self.name, pid, state, address, self._restarts, self._last_error)

    def _outcome(self, attempt: Future[str]) -> str:
        self._attempt = None
        # Whatever it was, the arena's other parts must not end for it: it is told, and tried again.
        if (error := attempt.exception()) is not None:
            return self._died(f"could not be started: {error}")
        self.url = attempt.result()
        self._restarts += 1
        return f"{self._server.name} started again"

    def _died(self, how: str) -> str:
        self._last_error = how
        return f"{self._server.name} {how}; starts again in {self._backoff.died():g} s"
