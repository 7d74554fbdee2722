"""What the supervisor tells about each part. Never a secret: addresses lose their users, errors what is redacted."""

import json
import re
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from arena.core.errors import Unreachable
from arena.core.redaction import redact

TAIL_BYTES = 4096
ERROR_CHARACTERS = 300
CONNECT_S = 2.0


@dataclass(frozen=True)
class Status:
    """One part: running, waiting to be started again, external (somebody else's), or stopped."""

    name: str
    pid: int | None
    state: str
    address: str | None = None
    restarts: int = 0
    last_error: str | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON values, fit for a file."""
        error = redact(self.last_error)[:ERROR_CHARACTERS] if self.last_error else None
        return {**asdict(self), "last_error": error}


def place(url: str) -> str:
    """`host:port` of a URL: where it leads, without who asks and what for."""
    rest = url.partition("://")[2] or url
    return re.split(r"[/?#]", rest.rpartition("@")[2])[0]


def answers(address: str | None) -> bool:
    """Whether `host:port` takes a TCP connection."""
    host, _, port = (address or "").rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_S):
            return True
    except (OSError, ValueError, OverflowError):
        return False


def check_ray(address: str) -> None:
    """Raises `Unreachable` when nothing takes connections at Ray's address; `auto` is none."""
    if address != "auto" and not answers(place(address)):
        what = f"Nothing takes connections at Ray's address {place(address)}."
        todo = "Start the cluster, correct ARENA_RAY_ADDRESS (host:port), or unset it for a local one."
        raise Unreachable(what, todo=todo)


def last_line(log: Path) -> str:
    """The end of a log: usually why its writer died."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return _message(lines[-1]) if lines else ""


def _message(line: str) -> str:
    """What a logged line says, where it is JSON."""
    try:
        return str(json.loads(line)["message"]) if line.startswith("{") else line
    except (ValueError, KeyError):
        return line
