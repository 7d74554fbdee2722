"""The end of a log file, and what is written to it from then on, across rotation and truncation."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

BLOCK_BYTES = 1 << 16
PAUSE_S = 0.2


class Tail:
    """Reads one log; it need not exist yet."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inode = 0
        self._at = 0
        self._half = b""

    def last(self, lines: int) -> list[str]:
        """The last so many lines, an unfinished one included, without reading what comes before them."""
        whole = self._read(lambda log: _end(log, lines))
        half, self._half = self._half.decode(errors="replace"), b""
        return [*whole, half] if half else whole

    def fresh(self) -> list[str]:
        """Whole lines written since the last look."""
        return self._read(self._since)

    @staticmethod
    def pause() -> None:
        """Between two looks."""
        time.sleep(PAUSE_S)

    def _read(self, part: Callable[[BinaryIO], bytes]) -> list[str]:
        try:
            with self._file.open("rb") as log:
                facts = os.fstat(log.fileno())
                if facts.st_ino != self._inode or facts.st_size < self._at:
                    self._inode, self._at, self._half = facts.st_ino, 0, b""
                text = self._half + part(log)
                self._at = log.tell()
        except FileNotFoundError:
            return []
        whole, newline, self._half = text.rpartition(b"\n")
        return whole.decode(errors="replace").split("\n") if newline else []

    def _since(self, log: BinaryIO) -> bytes:
        log.seek(self._at)
        return log.read()


def _end(log: BinaryIO, lines: int) -> bytes:
    size = at = log.seek(0, os.SEEK_END)
    text = b""
    while at > 0 and text.count(b"\n") <= lines:
        before = max(0, at - BLOCK_BYTES)
        log.seek(before)
        text = log.read(at - before) + text
        at = before
    log.seek(size)
    kept = text.splitlines(keepends=True)
    return b"".join(kept[-lines:]) if lines else b""
