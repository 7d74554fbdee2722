"""Sending a file of weights in parts: what has arrived is not sent again, neither after a break nor another day."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from arena.client.errors import ClientError

TRIES = 5
PAUSE_S = 1.0
CHECKED_S = 600.0
"""How long to wait for a large file to be checked."""
AWAY = (None, 500, 502, 503, 504)
"""Statuses after which it is worth to try again; none at all is a lost connection."""
Send = Callable[..., Any]
"""(method, path, more of a request) -> the answer's JSON; raises `ClientError`."""
Progress = Callable[[int, int], None]
"""Told how many bytes have arrived, and of how many."""


def upload(send: Send, file: Path, name: str | None, progress: Progress) -> dict[str, Any]:
    """The upload of a file, once the arena has all of it and has found it sound. Raises `ClientError`."""
    size, digest = _measured(file)
    new = {"name": file.name if name is None else name, "size": size, "sha256": digest}
    found: dict[str, Any] = send("POST", "/uploads", json=new)
    with file.open("rb") as content:
        for number in found["missing"]:
            content.seek((number - 1) * found["part_bytes"])
            part = content.read(found["part_bytes"])
            now = _patiently(send, "PUT", f"/uploads/{found['id']}/parts/{number}", content=part)
            progress(size - _left(now), size)
    progress(size, size)
    return found if found["state"] == "ready" else _completed(send, found["id"])


def _measured(file: Path) -> tuple[int, str]:
    with file.open("rb") as content:
        return file.stat().st_size, hashlib.file_digest(content, "sha256").hexdigest()


def _left(found: dict[str, Any]) -> int:
    """Bytes still to send: every part but the last is as long as any."""
    short = found["part_count"] * found["part_bytes"] - found["size"] if found["part_count"] in found["missing"] else 0
    return len(found["missing"]) * found["part_bytes"] - short


def _patiently(send: Send, method: str, path: str, **more: Any) -> dict[str, Any]:
    for attempt in range(1, TRIES + 1):
        try:
            return send(method, path, **more)
        except ClientError as error:
            if error.status not in AWAY or attempt == TRIES:
                raise
            time.sleep(PAUSE_S * attempt)
    raise AssertionError


def _completed(send: Send, upload_id: str) -> dict[str, Any]:
    """Have it checked. An answer that is late says nothing about how that ended: the upload itself does."""
    until = time.monotonic() + CHECKED_S
    while True:
        try:
            return send("POST", f"/uploads/{upload_id}/complete", json={})
        except ClientError as error:
            if (error.status not in AWAY and error.code != "upload.busy") or time.monotonic() > until:
                raise
        time.sleep(PAUSE_S)
