"""The logs of the parts, kept small: each file has a bound, and one predecessor."""

import shutil
import time
from contextlib import suppress
from pathlib import Path

LOG_BYTES = 20 * (1 << 20)
LOOK_S = 10.0


class Rotation:
    """Looks at `*.log` of a folder now and then.

    A log that has outgrown its bound is copied aside and emptied in place: its writer holds it open, and appends. The
    few lines written between the copy and the cut are lost, which no other way spares a process that cannot be told.
    """

    def __init__(self, folder: Path, limit: int = LOG_BYTES) -> None:
        self._folder, self._limit = folder, limit
        self._again_at = 0.0

    def look(self) -> None:
        """Look, unless it was done just now. Whatever the disk refuses, the arena goes on."""
        if time.monotonic() < self._again_at:
            return
        self._again_at = time.monotonic() + LOOK_S
        for log in self._folder.glob("*.log"):
            with suppress(OSError):
                if log.stat().st_size > self._limit:
                    self._cut(log)

    @staticmethod
    def _cut(log: Path) -> None:
        old = log.with_suffix(".log.1")
        try:
            shutil.copyfile(log, old)
        except OSError:
            with suppress(OSError):
                old.unlink()  # on a full disk, space is worth more than what was said long ago
        with log.open("r+b") as file:
            file.truncate(0)
