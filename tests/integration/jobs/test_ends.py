"""A run that has said what became of its job may take its time to end; one whose job another has may not."""

import logging
import sys
import time

import pytest

from arena.core.settings import Settings
from tests.integration.jobs.desk import ATTEMPTS, Desk
from workers.jobs import runner
from workers.jobs.runner import Runner

SCRIPT = """
import signal, sys, time
from sqlalchemy import create_engine, text
signal.signal(signal.SIGTERM, lambda *_: None)
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text(sys.argv[2]))
time.sleep(float(sys.argv[3]))
"""
DONE = "UPDATE job SET state = 'done', ended_at = now(), runner = NULL, lease_until = NULL"
TAKEN = "UPDATE job SET generation = generation + 1, runner = 'other'"


@pytest.mark.parametrize(("said", "state", "lingers_s"), [(DONE, "done", 2.0), (TAKEN, "running", 100.0)])
def test_a_run_that_lingers(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    said: str,
    state: str,
    lingers_s: float,
) -> None:
    lost = said == TAKEN
    url = desk.engine.url.render_as_string(hide_password=False)
    monkeypatch.setattr(runner, "tie", lambda _: [sys.executable, "-c", SCRIPT, url, said, str(lingers_s)])
    monkeypatch.setattr(runner, "BEAT_S", 0.2)
    job_id = desk.launch()
    runs = Runner(Settings(attempts=ATTEMPTS), desk.engine)
    ended: list[float] = []

    watch = runner.Runner._watch

    def watched(self: Runner, run: runner._Run) -> None:
        begun = time.monotonic()
        watch(self, run)
        ended.append(time.monotonic() - begun)
        self.stop()

    monkeypatch.setattr(Runner, "_watch", watched)
    with caplog.at_level(logging.INFO, logger="arena.jobs"):
        runs.run()
    assert desk.seen(job_id)["state"] == state
    assert ("the job is another runner's now" in caplog.messages) == lost
    assert (ended[0] >= lingers_s) != lost, "killed at once when it is another's, and else let be"
