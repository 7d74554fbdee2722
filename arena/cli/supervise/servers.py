"""The servers that everything else needs: the arena's own, watched and started again, or somebody else's by URL."""

from pathlib import Path

from arena.cli.supervise.state import Status, last_line, place
from arena.embedded.server import Server


class Backing:
    """PostgreSQL or Valkey. One that is given by URL is never started, watched or stopped."""

    def __init__(self, kind: type[Server], folder: Path, given: str | None) -> None:
        self.name = folder.name
        self._server, self._given = kind(folder), given
        self._log = folder / f"{kind.program}.log"
        self._url = given
        self._restarts = 0
        self._last_error: str | None = None

    def start(self) -> str:
        """Its URL, once it answers where it is the arena's own. Raises as `Server.start` does."""
        if self._given is not None:
            return self._given
        self._url = self._server.start()
        return self._url

    def watch(self) -> str | None:
        """Start it again if it died; gives a line for the log when it did."""
        if self._given is not None or self._server.alive():
            return None
        self._last_error = f"ended: {last_line(self._log)}"
        self._restarts += 1
        self.start()
        return f"{self._server.name} {self._last_error}; started again"

    def stop(self) -> None:
        """End it, if it is the arena's own."""
        self._server.stop()

    def status(self) -> Status:
        """What it does now."""
        pid = self._server.pid
        state = "external" if self._given is not None else "running" if pid else "stopped"
        address = place(self._url) if self._url else None
        return Status(self.name, pid, state, address, self._restarts, self._last_error)
