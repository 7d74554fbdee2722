"""Stopping: within ten seconds whatever stands still, at any moment of a start, with nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.faults.stopped import stopped
from tests.integration.faults.whole import RECOVERY_S, Whole
from tests.patience import until

pytestmark = pytest.mark.own

STOP_S = 20.0
"""Its two graces are of 3 s each, and the rest is processor time, of which a busy machine gives little."""
KEPT_FROM_RAY = ("ARENA_DATABASE_URL", "ARENA_REDIS_URL", "ARENA_API_KEY")
# `arena up` that stays in its migration, or waits for a server that never answers.
STUCK = """
import sys, time
from pathlib import Path
place, mark = sys.argv.pop(), Path(sys.argv.pop())
def stay(*_):
    mark.touch()
    time.sleep(600)
def never(*_):
    mark.touch()
    return False
if place == "migration":
    from arena.store import schema
    schema.upgrade = stay
else:
    from arena.embedded.postgres import Postgres
    Postgres._ready = never
from arena.cli.main import main
main()
"""


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    whole = Whole(tmp_path / "home")
    whole.environment["ARENA_API_KEY"] = "arena_x"
    yield whole
    whole.close()


def test_ray_never_gets_a_secret_and_a_stop_waits_for_nobody(whole: Whole) -> None:
    whole.up()
    until("a host", lambda: whole.victim("host") is not None)
    first = whole.victim("host")
    whole.kill("ray")
    until("another host", lambda: whole.victim("host") not in (None, first), RECOVERY_S)
    environment = psutil.Process(whole.victim("host")).environ()
    assert environment["ARENA_HOME"] == str(whole.home)
    assert not environment.keys() & {*KEPT_FROM_RAY}

    pids = whole.pids()
    with stopped(pids["postgres"]), stopped(pids["api"]):
        began = time.monotonic()
        whole.down()
        assert time.monotonic() - began < STOP_S
    assert not whole.ray.parent.exists()


@pytest.mark.parametrize("place", ["server", "migration"])
def test_a_signal_in_the_middle_of_a_start(whole: Whole, tmp_path: Path, place: str) -> None:
    mark, said = tmp_path / "mark", tmp_path / "said"
    with said.open("wb") as out:
        command = [sys.executable, "-c", STUCK, "up", str(mark), place]
        up = subprocess.Popen(command, env=whole.environment, stdout=out, stderr=out, start_new_session=True)
    try:
        until("the start to be there", mark.exists, RECOVERY_S)
        began = time.monotonic()
        os.kill(up.pid, signal.SIGTERM)
        until("it to end", lambda: up.poll() is not None, STOP_S)
        assert time.monotonic() - began < STOP_S
    finally:
        up.kill()
        up.wait()
    assert up.returncode == 0, said.read_text()
    assert said.read_text().splitlines()[-1] == "arena · stopping"
    until("every process to end", lambda: not whole.processes(), STOP_S)
    assert not whole.ray.parent.exists()
