"""Where a training job's numbers go: rows in PostgreSQL for the dashboard, event files for TensorBoard."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tensorboardX import SummaryWriter

from workers.jobs.work import Work

EVERY_S = 1.0
"""A row at most this often; updates with an evaluation, and the last, always have one."""
UPLOAD_S = 30.0


class Recorder:
    """The numbers of a job's updates. Means of what is between two rows are not taken: each row is one update."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._told_at = self._sent_at = float("-inf")
        self._folder = tempfile.TemporaryDirectory(prefix="arena-events-")
        self._events = SummaryWriter(self._folder.name, flush_secs=5)

    def row(self, update: int, numbers: Mapping[str, float], *, last: bool = False) -> None:
        """Note the numbers of an update. Raises `JobLost`."""
        now = time.monotonic()
        measured = any("." in name for name in numbers)
        if not (last or measured or now - self._told_at >= EVERY_S):
            return
        self._told_at = now
        self._work.measured(update, dict(numbers))
        for name, value in numbers.items():
            self._events.add_scalar(name.replace(".", "/"), value, update)
        if last or now - self._sent_at >= UPLOAD_S:
            self._sent_at = now
            self.send()

    def send(self) -> None:
        """Put the event files beside the checkpoints. Raises `JobLost`."""
        self._events.flush()
        for file in Path(self._folder.name).iterdir():
            self._work.write(f"events/{file.name}", file.read_bytes())

    def close(self) -> None:
        """Let go of the files here."""
        self._events.close()
        self._folder.cleanup()
