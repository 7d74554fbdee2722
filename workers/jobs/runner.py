"""The job runner: claims jobs, one at a time, and runs each in a process of its own, which it watches.

A run that dies is tried again, where it had got to; one that is wished away is ended; a runner that dies takes its
run along, and its lease runs out. For more jobs at once, run more runners.
"""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Engine

from arena.core.ids import new_id
from arena.core.jobs import Wish
from arena.core.logs import about
from arena.core.settings import Settings
from arena.core.stop import Stop
from arena.embedded.identity import tie
from arena.flow import runs
from arena.flow.calm import Calm
from arena.flow.outage import AWAY
from arena.store import jobs
from arena.store.jobs import Claimed
from workers.jobs.outlast import outlast

log = logging.getLogger("arena.jobs")

IDLE_S = 1.0
LOOK_S = 0.25
"""Between looks at a process."""
BEAT_S = 1.0
"""Between heartbeats, which also bring wishes, or a fifth of the lease where that is less."""
GRACE_S = 60.0
"""What a job gets to save itself when it is paused."""
STOP_S = 2.0
"""What it gets when it is cancelled, or the runner itself must end: less than `arena up` gives the runner."""


@dataclass(slots=True)
class _Run:
    """One process and what is known of it."""

    claimed: Claimed
    process: "subprocess.Popen[bytes]"
    wish: Wish | None = None
    lost: bool = False
    """Another run has the job."""
    over: bool = False
    """Nobody has: what became of it has been said, by this process itself unless somebody else did."""
    kill_at: float | None = None
    """When its patience ends, once it was asked to end."""


class Runner:
    """Runs jobs until `stop`. `run` must be called on the main thread: the kernel ends a child with its thread."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        self._name = f"{os.uname().nodename}/{str(new_id())[-8:]}"
        self._stop = Stop()
        self._calm = Calm(settings.lease_s, max(settings.lease_s / 2, 2 * IDLE_S))

    def run(self) -> None:
        """Claim and run, one after the other."""
        while not self._stop.asked:
            claimed = outlast(self._begin, self._stop)
            if claimed is None:
                self._stop.wait(IDLE_S)
                continue
            with about(job_id=str(claimed.id)):
                self._run(claimed)

    def stop(self) -> None:
        """End after giving the job back."""
        self._stop.ask()

    def _begin(self) -> Claimed | None:
        settings = self._settings
        with self._engine.begin() as connection:
            calm = self._calm.look(connection)
            return runs.begin(
                connection, self._name, lease_s=settings.lease_s, attempts=settings.attempts, take_over=calm
            )

    def _run(self, claimed: Claimed) -> None:
        # KILL: a runner that was killed has lost the job, and nothing of it may go on beside the next run.
        command = [*tie("KILL"), sys.executable, "-m", "workers.jobs.process"]
        with tempfile.TemporaryDirectory(prefix="arena-job-") as room:  # what it leaves there goes, however it ends
            process = subprocess.Popen(
                [*command, str(claimed.id), str(claimed.generation)], stdin=subprocess.DEVNULL,
                env=os.environ | {"TMPDIR": room},
            )  # fmt: skip
            log.info("runs in process %d", process.pid)
            run = _Run(claimed, process)
            self._watch(run)
        if run.lost:
            log.warning("the job is another runner's now")
        elif process.returncode == 0 or run.kill_at is not None:
            self._say(partial(runs.give_back, run=claimed))
        else:
            reason = f"its process ended ({_how(process.returncode)})"
            log.error("%s", reason)
            self._say(partial(runs.crash, run=claimed, reason=reason))

    def _watch(self, run: _Run) -> None:
        """Until the process has ended: keep the lease, and pass on what is wished."""
        beaten, every_s = float("-inf"), min(BEAT_S, self._settings.lease_s / 5)
        while run.process.poll() is None:
            now = time.monotonic()
            if now - beaten > every_s:
                beaten = now
                self._beat(run)
            if run.lost or (run.kill_at is not None and now > run.kill_at):
                run.process.kill()
            elif run.over:
                self._ask(run, GRACE_S)
            elif run.wish or self._stop.asked:
                self._ask(run, GRACE_S if run.wish is Wish.PAUSE and not self._stop.asked else STOP_S)
            time.sleep(LOOK_S)

    def _ask(self, run: _Run, patience_s: float) -> None:
        if run.kill_at is None:
            run.process.terminate()
        run.kill_at = min(run.kill_at or float("inf"), time.monotonic() + patience_s)

    def _beat(self, run: _Run) -> None:
        job_id, generation = run.claimed.id, run.claimed.generation
        try:
            with self._engine.begin() as connection:
                self._calm.look(connection)
                held = jobs.beat(connection, job_id, generation, lease_s=self._settings.lease_s)
                run.over = not held and jobs.generation(connection, job_id) == generation
                run.lost = not held and not run.over
                run.wish = jobs.wish(connection, job_id)
        except AWAY as error:  # the run itself waits at its next step, and who cannot claim takes nothing over
            log.warning("heartbeat missed: %s", str(error).strip().splitlines()[0])

    def _say(self, end: Callable[[Connection], None]) -> None:
        """Where it cannot be said, the lease runs out."""

        def say() -> None:
            with self._engine.begin() as connection:
                end(connection)

        outlast(say, self._stop)


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
