"""One supervised process: started, watched, started again after a growing pause, stopped."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from arena.cli.supervise.backoff import Backoff
from arena.cli.supervise.state import Status, last_line
from arena.core.errors import ArenaError
from arena.embedded.folder import clear_errors
from arena.embedded.identity import tie

STOP_S = 3.0
"""What a part gets to end by itself."""


class Part:
    """A process of the arena. Its output goes to a log of its own; it ends when the supervisor does, however.

    It gets this process's variables and those of `environment`; without those that are None there.
    """

    def __init__(
        self, name: str, command: list[str], environment: Mapping[str, str | None], log: Path,
        address: str | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.restarts = 0
        self.before: Callable[[], None] = lambda: None
        """Done before every start."""
        self._command, self._environment, self._log = command, dict(environment), log
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff = Backoff()
        self._last_error: str | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    def status(self) -> Status:
        """What it does now. A part that has died waits to be started again; one never started, or stopped, is not."""
        pid = self.pid
        state = "running" if pid else "waiting" if self._process else "stopped"
        return Status(self.name, pid, state, self._address, self.restarts, self._last_error)

    def start(self) -> None:
        """Start it. Must be called on the main thread: the kernel ends a child with the thread that made it.

        Raises:
            DiskFull, ServerFailed: what the operating system refused.
        """
        self._backoff.started()
        with clear_errors(self._log.parent):
            self.before()
            self._spawn()

    def _spawn(self) -> None:
        variables = {**os.environ, **self._environment}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*tie("TERM"), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={name: value for name, value in variables.items() if value is not None},
                start_new_session=True,  # Ctrl-C is the supervisor's to hear
            )

    def watch(self) -> str | None:
        """Start it again if it died and its pause is over; gives a line for the log when something happened."""
        process = self._process
        if process is None or process.poll() is None:
            return None
        if not self._backoff.waiting:
            return self._died(f"ended ({_how(process.returncode)})", self.last_line())
        if not self._backoff.over:
            return None
        self.clear()
        try:
            self.start()
        except ArenaError as error:
            return self._died("could not be started", str(error))
        self.restarts += 1
        return f"{self.name} started again"

    def move(self, environment: dict[str, str]) -> None:
        """Have it start again with other variables: what it talks to is elsewhere now."""
        self._environment |= environment
        self.terminate()

    def clear(self) -> None:
        """End what a dead part left in its process group: a Ray head's own processes would answer for the next."""
        if self._process is not None and self._process.poll() is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def last_line(self) -> str:
        """The end of its log: usually why it died."""
        return last_line(self._log)

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def stop(self, patience_s: float = STOP_S) -> None:
        """Wait until it has ended, by force after a while."""
        if self._process is None:
            return
        self.terminate()
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.clear()
        self._process = None

    def _died(self, how: str, why: str) -> str:
        self._last_error = f"{how}: {why}"
        return f"{self.name} {how}; starts again in {self._backoff.died():g} s: {why}"


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
