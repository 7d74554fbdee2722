"""What the supervisor tells about each part. Never a secret: addresses lose their users, errors their passwords."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

USER = re.compile(r"(://)[^\s/@]*(?:/[^\s/@]*)?@")
PASSWORD = re.compile(r"(?i)\b(password|passwd|token|api_?key|secret)(['\"]?\s*[=:]\s*['\"]?)[^\s'\"&;,]+")
TAIL_BYTES = 4096
ERROR_CHARACTERS = 300


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
        error = hide(self.last_error)[:ERROR_CHARACTERS] if self.last_error else None
        return {**asdict(self), "last_error": error}


def hide(text: str) -> str:
    """The text without the users and passwords of the URLs in it, nor anything named as a secret."""
    return PASSWORD.sub(r"\1\2***", USER.sub(r"\1***@", text))


def place(url: str) -> str:
    """`host:port` of a URL: where it leads, without who asks and what for."""
    rest = url.partition("://")[2] or url
    return re.split(r"[/?#]", rest.rpartition("@")[2])[0]


def last_line(log: Path) -> str:
    """The end of a log: usually why its writer died."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1] if lines else ""
