"""A migration that is killed half-way, and two `up` at once: the next start recovers, and one of two wins."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arena.core.errors import HomeInUse
from arena.embedded.postgres import Postgres
from arena.store import database, revision
from tests.integration.faults.whole import RECOVERY_S, Whole
from tests.patience import until

pytestmark = pytest.mark.own

# `arena up` whose migration has done all of its work but the commit, and stays there.
HALF_WAY = """
import sys, time
from pathlib import Path
from arena.store import schema
real, mark = schema.command.upgrade, Path(sys.argv.pop())
def half_way(config, revision):
    real(config, revision)
    mark.touch()
    time.sleep(600)
schema.command.upgrade = half_way
from arena.cli.main import main
main()
"""


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    whole = Whole(tmp_path / "home")
    yield whole
    whole.close()


@pytest.mark.timeout(600)
def test_a_killed_migration_then_two_starts_at_once(whole: Whole, tmp_path: Path) -> None:
    kill_half_way(whole, tmp_path / "mark")
    postgres = Postgres(whole.home / "postgres")
    engine = database.connect(postgres.start())
    with engine.connect() as connection:
        assert revision.current(connection) is None, "nothing of it was committed"
    engine.dispose()
    postgres.stop()

    said = whole.race(2)
    assert len(said) == 1
    assert f"[{HomeInUse.code}]" in said[0]
    assert "arena down" in said[0]
    assert whole.pids().keys() >= {"postgres", "desk"}
    ids = whole.queue(20)
    counted = "SELECT count(*) FROM result WHERE match_id = ANY(:ids)"
    until("it to play", lambda: whole.scalar(counted, ids=ids) == len(ids), RECOVERY_S)
    holder = int((whole.home / "up.lock").read_text())
    again = whole.command("up", "--detach")
    assert (again.returncode, f"already runs (pid {holder})" in again.stdout) == (0, True)
    assert whole.well(), "the winner is unharmed"
    whole.down()


def kill_half_way(whole: Whole, mark: Path) -> None:
    command = [sys.executable, "-c", HALF_WAY, "up", str(mark)]
    up = subprocess.Popen(command, env=whole.environment, start_new_session=True)
    try:
        until("the migration to be half-way", mark.exists, RECOVERY_S)
        assert up.poll() is None
    finally:
        os.kill(up.pid, signal.SIGKILL)
        up.wait()
    until("all of it to end", lambda: not whole.processes())
