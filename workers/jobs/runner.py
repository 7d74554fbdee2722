"""The job runner: claims jobs, one at a time, and runs each in a process of its own, which it watches.

A run that dies is tried again, where it had got to; one that is wished away is ended; a runner that dies takes its
run along, and its lease runs out. For more jobs at once, run more runners.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine

from arena.core.ids import new_id
from arena.core.jobs import State, Wish
from arena.core.logs import about
from arena.core.settings import Settings
from arena.embedded.identity import tie
from arena.flow.launch import leave, tell
from arena.flow.outage import AWAY
from arena.store import jobs
from arena.store.jobs import Claimed

log = logging.getLogger("arena.jobs")

IDLE_S = 1.0
LOOK_S = 0.25
"""Between looks at a process."""
GRACE_S = 60.0
"""What a job gets to save itself when it is paused."""
STOP_S = 5.0
"""What it gets when the runner itself must end."""
BACKOFF_S = (1.0, 5.0, 15.0, 30.0)
"""Pauses after one, two, … crashes in a row."""
T = TypeVar("T")
AFTER = {Wish.PAUSE: State.PAUSED, Wish.CANCEL: State.CANCELLED}


class Runner:
    """Runs jobs until `stop`."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings, self._engine = settings, engine
        self._name = f"{os.uname().nodename}/{str(new_id())[-8:]}"
        self._stop = threading.Event()
        self._crashes = 0

    def run(self) -> None:
        """Claim and run, one after the other."""
        while not self._stop.is_set():
            claimed = self._safely(self._claim)
            if claimed is None:
                self._stop.wait(IDLE_S)
                continue
            with about(job_id=str(claimed.id)):
                self._run(claimed)

    def stop(self) -> None:
        """End after giving the job back."""
        self._stop.set()

    def _claim(self) -> Claimed | None:
        lease_s, attempts = self._settings.lease_s, self._settings.attempts
        with self._engine.begin() as connection:
            for job_id in jobs.bury(connection, attempts):
                log.error("job %s was given up after %d attempts", job_id, attempts)
                tell(connection, job_id, State.FAILED)
            claimed = jobs.claim(connection, self._name, lease_s=lease_s, attempts=attempts)
            if claimed:
                tell(connection, claimed.id, State.RUNNING)
            return claimed

    def _run(self, claimed: Claimed) -> None:
        command = [sys.executable, "-m", "workers.jobs.process", str(claimed.id), str(claimed.generation)]
        process = subprocess.Popen([*tie("TERM"), *command], stdin=subprocess.DEVNULL)
        log.info("runs in process %d", process.pid)
        wish = self._watch(claimed, process)
        self._crashes = 0 if process.returncode == 0 else self._crashes + 1
        state, reason = State.QUEUED, None
        if wish:
            state = AFTER[wish]
        elif process.returncode != 0 and not self._stop.is_set():
            reason = f"its process ended ({_how(process.returncode)})"
            log.error("%s", reason)
        self._leave(claimed, state, reason, spared=wish is None and reason is None)
        if self._crashes:
            self._stop.wait(BACKOFF_S[min(self._crashes, len(BACKOFF_S)) - 1])

    def _watch(self, claimed: Claimed, process: "subprocess.Popen[bytes]") -> Wish | None:
        """Until the process has ended; gives the wish that ended it, if one did."""
        wish: Wish | None = None
        beaten = asked = 0.0
        while process.poll() is None:
            now = time.monotonic()
            if now - beaten > self._settings.lease_s / 5:
                beaten = now
                held, wish = self._safely(lambda: self._beat(claimed)) or (True, wish)
                if not held:
                    log.warning("the job is another runner's now")
                    process.kill()
            stopping = self._stop.is_set()
            if (wish or stopping) and not asked:
                asked = now
                process.terminate()
            if asked and now - asked > (GRACE_S if wish is Wish.PAUSE and not stopping else STOP_S):
                process.kill()
            time.sleep(LOOK_S)
        return wish

    def _beat(self, claimed: Claimed) -> tuple[bool, Wish | None]:
        with self._engine.begin() as connection:
            held = jobs.beat(connection, claimed.id, claimed.generation, lease_s=self._settings.lease_s)
            return held, jobs.wish(connection, claimed.id)

    def _leave(self, claimed: Claimed, state: State, reason: str | None, *, spared: bool) -> None:
        def put() -> None:
            with self._engine.begin() as connection:
                leave(connection, claimed.id, claimed.generation, state, reason, spared=spared)

        self._safely(put)  # where it cannot be told, the lease runs out

    def _safely(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except AWAY as error:
            log.warning("jobs wait: %s", str(error).strip().splitlines()[0])
            return None


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
