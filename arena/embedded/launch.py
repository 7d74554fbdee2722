"""Starting, hearing and ending one server process. It knows neither PostgreSQL nor Valkey."""

import os
import signal
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from arena.embedded.identity import PLAIN, Identity, tie

LOG_BYTES = 1 << 20
STOP_S = 3.0
"""What a server gets to end by itself. One that is killed then recovers at its next start, and loses nothing."""
KILL_S = 5.0
# English, because errors are recognised by their words; nothing else of ours may leak into a server (PGDATA, PGPORT).
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Command:
    """A server's command line with its folder's mark in it, its current folder, who runs it, and what it reads."""

    program: Path
    arguments: tuple[str, ...]
    folder: Path
    mark: str
    stop: signal.Signals
    identity: Identity = PLAIN
    text: str = ""

    @property
    def line(self) -> list[str]:
        tied = tie(self.stop.name.removeprefix("SIG"))
        return [*self.identity.prefix, *tied, str(self.program), *self.arguments]

    def spawn(self) -> subprocess.Popen[bytes]:
        # An unlinked file of the right owner: a secret passes without a name, and a pipe could not be reopened
        # by another user through /dev/stdin.
        with tempfile.TemporaryFile() as given:
            given.write(self.text.encode())
            given.seek(0)
            if self.identity.user is not None:
                os.fchown(given.fileno(), *self.identity.owner)
            return subprocess.Popen(
                self.line,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=ENVIRONMENT,
                user=self.identity.user,
                group=self.identity.group,
                extra_groups=self.identity.extra_groups,
                umask=0o077,
                start_new_session=True,  # or Ctrl-C would stop the servers before those who still write to them
            )


class Log:
    """A server's last lines in memory, and its log in a file that never exceeds `LOG_BYTES`, nor its predecessor.

    Not written by the server itself: on a full disk the line that says so would be lost.
    """

    def __init__(self, path: Path) -> None:
        self.tail: deque[str] = deque(maxlen=100)
        self._path = path
        self._size = LOG_BYTES

    def add(self, line: bytes) -> None:
        self.tail.append(line.decode(errors="replace").rstrip())
        # A log that cannot be written must not stop the server that writes it.
        with suppress(OSError):
            if self._size + len(line) > LOG_BYTES:
                if self._path.exists():
                    self._path.replace(self._path.with_suffix(".log.1"))
                self._size = 0
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, line)
            finally:
                os.close(file)
            self._size += len(line)


class Child:
    """A started server: its process, its log, and its end.

    A thread starts the process and stays until all of the server is gone, because the kernel sends the
    parent-death signal when the *thread* that forked ends: a server started from a worker thread would die with it.
    """

    def __init__(self, command: Command, log: Path, on_end: Callable[[], None]) -> None:
        self.ended = threading.Event()
        self._command = command
        self._on_end = on_end
        self._log = Log(log)
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._refusal: OSError | None = None
        threading.Thread(target=self._keep, name=f"keep-{command.program.name}", daemon=True).start()
        self._started.wait()
        if self._refusal is not None:
            raise self._refusal

    @property
    def pid(self) -> int:
        return self._running.pid

    @property
    def lines(self) -> list[str]:
        return list(self._log.tail)

    def alive(self) -> bool:
        return not self.ended.is_set() and self._running.poll() is None

    def stop(self) -> None:
        """Ask the server to end, and insist when it does not within `STOP_S`. All of it is gone afterwards."""
        if self.alive():
            self._running.send_signal(self._command.stop)
        if self.ended.wait(STOP_S):
            return
        self._running.kill()
        kill(leftovers(self._command.program.name, self._command.mark))
        self.ended.wait(KILL_S)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _keep(self) -> None:
        try:
            self._process = self._command.spawn()
        except OSError as error:
            self._refusal = error
            self._end()
            return
        finally:
            self._started.set()
        # The pipe ends when the last process of the server has closed it, workers included.
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            for line in pipe:
                self._log.add(line)
        self._process.wait()
        self._end()

    def _end(self) -> None:
        self._on_end()
        self.ended.set()


def leftovers(program: str, mark: str) -> list[psutil.Process]:
    """Living processes of `program` that carry `mark`, workers included.

    A process id in a file could by now be a stranger's. The current folder would tell too, but root in a container
    may not ask for that of another user's process; command lines are open to all.
    """
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.name() == program and mark in " ".join(process.cmdline()):
                found.append(process)
    return found


def end_leftovers(program: str, mark: str, stop: signal.Signals) -> None:
    """End what a killed launcher left behind. Call it holding the folder's lock: nobody alive can miss them."""
    found = leftovers(program, mark)
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(stop)
    _, stubborn = psutil.wait_procs(found, timeout=STOP_S)
    kill(stubborn)


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(processes, timeout=KILL_S)


def free_port(preferred: int | None = None) -> int:
    """A loopback port nobody listens on: the preferred one if possible, since others may know it."""
    if preferred is not None:
        with suppress(OSError, OverflowError):
            return _bindable(preferred)
    return _bindable(0)


def _bindable(port: int) -> int:
    with socket.socket() as probe:
        # As the servers do it, or a port they have just left would count as taken for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])
