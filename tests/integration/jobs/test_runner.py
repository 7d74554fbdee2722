"""Whole runs: to their end, killed in the middle, paused, without a database; what is stored is the same each time."""

import os
import shutil
import signal
import tempfile
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from arena.flow import launch, wishes
from tests.datasets import check_set
from tests.integration.conftest import Servers
from tests.integration.jobs.rig import LEASE_S, SPEC, JobRig
from tests.patience import until
from workers.jobs.work import TELL_S

pytestmark = pytest.mark.own

EXAMPLES = sorted(Path("examples/jobs").glob("*.toml"))


@pytest.fixture(scope="module")
def rig(servers: Servers) -> Iterator[JobRig]:
    home = Path(tempfile.mkdtemp(prefix="jobs-"))
    rig = JobRig(home, servers.redis_url)
    yield rig
    rig.close()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def undisturbed(rig: JobRig) -> dict[str, bytes]:
    """What a run gives that nobody touched."""
    job_id = rig.launch(SPEC)
    seen = rig.state(job_id, "done")
    assert (seen["generation"], seen["reason"]) == (1, None)
    assert seen["progress"] == {"done": 12, "of": 12, "unit": "files", "told": {"matches": 24}}
    played = check_set(rig.artifacts, str(job_id))
    assert len({line["game_hash"] for line in played}) == 24
    return rig.files(job_id)


def test_progress_is_told_in_measure(rig: JobRig, undisturbed: dict[str, bytes]) -> None:
    query = """SELECT extract(epoch FROM created_at), (data->>'done')::int FROM outbox
        WHERE event = 'job.progress' ORDER BY id"""
    with rig.engine.connect() as connection:
        told = [(float(at), done) for at, done in connection.execute(text(query))]
    times = [at for at, _ in told]
    assert all(b - a > TELL_S - 0.2 for a, b in pairwise(times[:-1]))
    assert told[-1][1] == 12


def test_whatever_happens_to_it_it_stores_the_same(rig: JobRig, undisturbed: dict[str, bytes]) -> None:
    """Its run killed, its runner killed, its runner stopped, paused and resumed, without PostgreSQL for a while."""
    job_id = rig.launch(SPEC)
    rig.plays_on(job_id)
    kept = rig.dates(job_id)

    rig.child().kill()
    until("the crash to be told", lambda: rig.seen(job_id)["reason"] == "its process ended (SIGKILL)")
    rig.plays_on(job_id)
    until("it to be told that it moves on", lambda: rig.seen(job_id)["reason"] is None)
    assert rig.seen(job_id)["generation"] == 2

    child, runner = rig.child(), rig.runner
    assert runner.pid is not None
    os.kill(runner.pid, signal.SIGKILL)
    until("its run to be gone", lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5)
    rig.another()
    rig.plays_on(job_id)
    assert rig.seen(job_id)["generation"] == 3

    rig.do(wishes.pause, job_id)
    seen = rig.state(job_id, "paused")
    assert (seen["runner"], seen["wish"], seen["reason"], seen["attempts"]) == (None, None, None, 0)
    assert seen["progress"]["done"] == len(rig.files(job_id))  # the last is never left out
    rig.do(wishes.resume, job_id)
    rig.plays_on(job_id)

    assert rig.postgres.pid is not None
    os.kill(rig.postgres.pid, signal.SIGKILL)
    missed = "heartbeat missed"
    until("beats to be missed for longer than a lease", lambda: rig.log().count(missed) * LEASE_S / 5 > LEASE_S)
    rig.postgres.start()
    assert rig.state(job_id, "done")["generation"] == 4
    assert rig.files(job_id) == undisturbed
    check_set(rig.artifacts, str(job_id))
    assert kept.items() <= rig.dates(job_id).items()  # nothing that was whole was played again


def test_a_runner_that_is_stopped_gives_its_job_back_and_a_cancelled_one_ends(rig: JobRig) -> None:
    job_id = rig.launch(SPEC)
    rig.plays_on(job_id)
    child = rig.child()
    rig.runner.stop()
    assert not child.is_running()
    seen = rig.seen(job_id)
    assert (seen["state"], seen["runner"], seen["reason"], seen["attempts"]) == ("queued", None, None, 0)
    rig.another()
    rig.state(job_id, "running")
    rig.do(wishes.cancel, job_id)
    seen = rig.state(job_id, "cancelled")
    assert seen["ended_at"] is not None
    assert "manifest.json" not in rig.artifacts.names(f"jobs/{job_id}")


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_is_launched_for_real(rig: JobRig, file: Path) -> None:
    job = tomllib.loads(file.read_text())
    with rig.engine.begin() as connection:
        job_id = launch.launch(connection, rig.owner, **job)
    rig.state(job_id, "done")
    assert len(check_set(rig.artifacts, str(job_id))) == job["spec"]["matches"]


def test_without_ray_a_job_waits_and_says_for_what(rig: JobRig) -> None:
    """The last one: it ends Ray."""
    rig.ray.stop()
    job_id = rig.launch({**SPEC, "matches": 2})
    until("it to say so", lambda: "cannot be joined" in (rig.seen(job_id)["reason"] or ""))
    seen = rig.seen(job_id)
    assert (seen["state"], seen["attempts"]) == ("queued", 0)
    assert seen["retry_at"] is not None
