"""What both embedded servers do alike: take the folder, start, wait until ready, stop. Not how either is configured."""

import os
import signal
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar

from arena.core.errors import ServerFailed
from arena.embedded.folder import LOCK_PATIENCE_S, Folder, clear_errors, failure, in_use
from arena.embedded.launch import Child, Command, end_leftovers, free_port

READY_S = 120.0  # recovery after a crash replays up to max_wal_size, on whatever disk there is
PORT_TRIES = 5


class Server(ABC):
    """One server on one folder.

    It listens on 127.0.0.1 with a random password, and on no Unix socket: a URL with a port works for every process
    and every library alike, while a socket's path must stay under about 100 bytes, which ARENA_HOME may exceed.
    """

    name: ClassVar[str]
    program: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._child: Child | None = None

    @property
    def pid(self) -> int | None:
        """The server's main process, or None when it does not run."""
        child = self._child  # once: another thread may be starting or stopping it
        return child.pid if child is not None and child.alive() else None

    def alive(self) -> bool:
        return self.pid is not None

    def start(self) -> str:
        """Start the server, making its data the first time, and return its URL once it answers.

        Raises:
            HomeInUse: a server of this process or another is alive on this folder.
            DiskFull: the disk that holds the folder is full.
            ServerFailed: the folder cannot be used, or the server ended or did not answer.
        """
        # One that was killed this very moment still looks alive.
        child = self._child
        if child is not None and child.alive() and not child.ended.wait(LOCK_PATIENCE_S):
            raise in_use(self._folder.path, str(os.getpid()))
        self.stop()
        with clear_errors(self._folder.path), ExitStack() as undo:
            self._folder.take()
            undo.callback(self._folder.release)
            undo.callback(self.stop)
            end_leftovers(self.program, self._folder.mark, self.stop_signal)
            self._prepare()
            url = self._launch()
            undo.pop_all()
        return url

    def url_of_running(self) -> str:
        """The URL of the server that another process runs on this folder: its port and password are kept there.

        Raises:
            ServerFailed: none has ever run here.
        """
        port = self._folder.port()
        if port is None:
            raise ServerFailed(f"No {self.name} has run in {self._folder.path}.", todo="Start it with `arena up`.")
        return self._url(port)

    def stop(self) -> None:
        """End the server cleanly, by force after a while. Stopping twice changes nothing."""
        child, self._child = self._child, None
        if child is not None:
            child.stop()

    def _launch(self) -> str:
        child: Child | None = None
        for _ in range(PORT_TRIES):
            self._folder.take()  # each child gives the folder back as it ends
            port = free_port(self._folder.port())
            log = self._folder.path / f"{self.program}.log"
            child = self._child = Child(self._command(port), log, self._folder.release)
            if self._wait(child, port):
                self._finish(port)
                self._folder.remember_port(port)
                return self._url(port)
            # Somebody else may take the port between our look and the server's.
            if not any("already in use" in line for line in child.lines):
                break
        raise failure(self.name, child.lines if child else [], self._folder.path)

    def _wait(self, child: Child, port: int) -> bool:
        """Whether the server came to answer, rather than end."""
        deadline = time.monotonic() + READY_S
        while not child.ended.wait(0.01):
            if self._ready(port, child.pid):
                return True
            if time.monotonic() > deadline:
                what = f"{self.name} did not answer within {READY_S:.0f} s."
                raise ServerFailed(what, todo=f"Read its log in {self._folder.path}, and start again.")
        return False

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data the first time; leave it ready for a start."""

    @abstractmethod
    def _command(self, port: int) -> Command: ...

    @abstractmethod
    def _ready(self, port: int, pid: int) -> bool:
        """Whether this very process, and no other on the port, answers."""

    @abstractmethod
    def _finish(self, port: int) -> None:
        """What is left to do once the server answers."""

    @abstractmethod
    def _url(self, port: int) -> str: ...
