"""Where a training job's numbers go: rows in PostgreSQL for the dashboard, event files for TensorBoard."""

import math
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary

from workers.jobs.work import Work

EVERY_S = 1.0
"""A row at most this often; updates with an evaluation, those that went wrong, and the last, always have one."""
WRONG = ("rolled_back", "diverged")
UPLOAD_S = 30.0


class Recorder:
    """The numbers of a job's updates. Means of what is between two rows are not taken: each row is one update."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._told_at = self._sent_at = float("-inf")
        self._folder = tempfile.TemporaryDirectory(prefix="arena-events-")
        # Not the package's own SummaryWriter: its thread may still hold rows when it has been flushed.
        self._events = EventsWriter(f"{self._folder.name}/events", f".{work.generation}")
        self._noted = -1

    def row(
        self, update: int, numbers: Mapping[str, float], more: Callable[[], Mapping[str, float]] = dict,
        *, last: bool = False,
    ) -> None:  # fmt: skip
        """Note the numbers of an update, and `more`, which is asked for rows only; of the last update, which may be
        noted already, see that all is sent.

        Raises `JobLost`.
        """
        now = time.monotonic()
        rare = any("." in name for name in numbers) or any(numbers.get(name, 0) > 0 for name in WRONG)
        if not (last or rare or now - self._told_at >= EVERY_S):
            return
        if update != self._noted:
            self._told_at, self._noted = now, update
            self._note(update, {**numbers, **more()})
        if last or now - self._sent_at >= UPLOAD_S:
            self._sent_at = now
            self.send()

    def _note(self, update: int, numbers: Mapping[str, float]) -> None:
        finite = {name: float(value) for name, value in numbers.items() if math.isfinite(value)}  # JSON has no others
        self._work.measured(update, finite)
        values = [Summary.Value(tag=name.replace(".", "/"), simple_value=value) for name, value in finite.items()]
        self._events.write_event(Event(wall_time=time.time(), step=update, summary=Summary(value=values)))

    def send(self) -> None:
        """Put the event files beside the checkpoints. Raises `JobLost`."""
        self._events.flush()
        for file in Path(self._folder.name).iterdir():
            self._work.write(f"events/{file.name}", file.read_bytes())

    def close(self) -> None:
        """Let go of the files here."""
        self._events.close()
        self._folder.cleanup()
