"""Whole training jobs through Redis and Ray: undisturbed, killed in every part, paused, and refused."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
import redis
from sqlalchemy import text

from arena.embedded.valkey import Valkey
from arena.flow import wishes
from arena.store import training
from arena.stream.trajectories import superseded
from tests.integration.jobs.rig import JobRig, Runners
from tests.patience import until

pytestmark = pytest.mark.own
STALENESS = 4
MATCHES = 64
SPEC: dict[str, Any] = {
    "name": "kuhn_short",
    "games": [{"name": "kuhn_poker"}],
    "policy": {"backend": "tiny", "spec": {"width": 16, "layers": 1, "context": 24}},
    "learning": {
        "matches": MATCHES, "max_staleness": STALENESS, "advantage": {"kind": "rae"},
        "average": {"kind": "tabular"}, "optimiser": {"rate": 1e-3},
    },
    "evaluations": [{"kind": "nashconv", "every": 20}],
    "checkpoints": {"every": 40},
    "rollout_hosts": 2,
    "budget": {"updates": 100},
}  # fmt: skip


WAITS = {"kind": "fixed", "spec": {"agent": "checkpoint", "spec": {"checkpoint": "jobs/x", "content_hash": "ab" * 32}}}
"""What is wrong with it shows on a host alone."""


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="training-"))
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def valkey(home: Path) -> Iterator[Valkey]:
    """One that may be killed."""
    server = Valkey(home / "valkey")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def rig(home: Path, valkey: Valkey) -> Iterator[JobRig]:
    rig = JobRig(home, valkey.url_of_running())
    yield rig
    rig.close()


def rows(rig: Runners, job_id: UUID) -> list[Any]:
    with rig.engine.connect() as connection:
        return training.metrics(connection, job_id)


def manifests(rig: Runners, job_id: UUID) -> list[dict[str, Any]]:
    with rig.engine.connect() as connection:
        found = training.checkpoints(connection, job_id)
    return [json.loads(rig.artifacts.read(f"{row.folder}/manifest.json")) for row in found]


def update(rig: Runners, job_id: UUID) -> int:
    seen = rig.seen(job_id)["progress"]
    return seen["told"]["update"] if seen else 0


def further(rig: Runners, job_id: UUID, updates: int) -> None:
    """Wait until it has learnt so much more."""
    reached = update(rig, job_id)
    until(f"{updates} more updates", lambda: update(rig, job_id) >= reached + updates)


def crew(rig: JobRig, part: str) -> list[psutil.Process]:
    """The processes of the rollout hosts, or of the policy servers."""
    assert rig.ray.pid is not None
    below = psutil.Process(rig.ray.pid).children(recursive=True)
    return [p for p in below if part in " ".join(p.cmdline())]


def apart(ranges: list[list[int]]) -> bool:
    """Whether no number is in two of them."""
    ordered = sorted(ranges)
    return all(end <= first for (_, end), (first, _) in pairwise(ordered))


def check_once(rig: Runners, job_id: UUID, spec: dict[str, Any], batches: Sequence[int] = ()) -> None:
    """Each update had exactly its batch, no trajectory was in two, and none was too old.

    `batches` that are part of each checkpoint's weights: all, unless the guard went back.
    """
    found = manifests(rig, job_id)
    for manifest, count in zip(found, batches or [manifest["update"] for manifest in found], strict=True):
        learnt = manifest["learnt_from"]
        spans = [span for ranges in learnt["ranges"].values() for span in ranges]
        assert learnt["trajectories"] == count * 2 * spec["learning"]["matches"] == sum(b - a for a, b in spans)
        for producer, ranges in learnt["ranges"].items():
            assert apart(ranges), producer
    learnt_from = [row.numbers for row in rows(rig, job_id) if "stale_turns" in row.numbers]
    assert learnt_from
    assert not any(numbers["stale_turns"] for numbers in learnt_from)


def test_a_job_learns_from_its_whole_batches_and_its_checkpoints_become_players(rig: JobRig, valkey: Valkey) -> None:
    job_id = rig.launch(SPEC, "train")
    seen = rig.state(job_id, "done")
    assert seen["progress"]["done"] == 100
    check_once(rig, job_id, SPEC)
    staleness = [row.numbers.get("staleness_max", 0) for row in rows(rig, job_id)]
    assert max(staleness) > 0, "there was something to bound"
    last = rows(rig, job_id)[-1].numbers
    assert {"loss", "entropy", "kl_behaviour", "learner_busy", "rollout_busy", "nashconv.last"} <= last.keys()
    with rig.engine.connect() as connection:
        query = "SELECT v.* FROM player_version v JOIN checkpoint c ON c.version_id = v.id ORDER BY c.id"
        seated = connection.execute(text(query)).all()
    assert [(row.kind, row.games) for row in seated] == [("checkpoint", ["kuhn_poker"])] * 3
    assert [m["update"] for m in manifests(rig, job_id)] == [40, 80, 100]
    assert [row.spec["content_hash"] for row in seated] == [m["content_hash"] for m in manifests(rig, job_id)]
    assert all(m["flops"] > 0 for m in manifests(rig, job_id))
    left = redis.Redis.from_url(valkey.url_of_running()).keys(f"*{job_id}*")
    assert left == []


def test_whatever_dies_it_goes_on_and_learns_from_each_trajectory_once(rig: JobRig, valkey: Valkey) -> None:
    client = redis.Redis.from_url(valkey.url_of_running())
    spec = {**SPEC, "name": "kuhn_killed", "budget": {"updates": 10**6}}
    job_id = rig.launch(spec, "train")
    further(rig, job_id, 20)
    for host in crew(rig, "RolloutHost"):
        os.kill(host.pid, signal.SIGKILL)
    further(rig, job_id, 20)
    assert valkey.pid
    url = valkey.url_of_running()
    os.kill(valkey.pid, signal.SIGKILL)
    until("its end", lambda: not valkey.alive())
    assert valkey.start() == url
    further(rig, job_id, 20)
    assert rig.seen(job_id)["generation"] == 1, "an outage is waited for"
    rig.child().kill()
    until("the next run", lambda: rig.seen(job_id)["generation"] == 2)
    further(rig, job_id, 20)
    rig.do(wishes.pause, job_id)
    rig.state(job_id, "paused")
    assert client.keys(f"*{job_id}*") == [], "what goes on begins a new stream"
    rig.do(wishes.resume, job_id)
    further(rig, job_id, 20)
    assert rig.seen(job_id)["generation"] == 3
    client.flushdb()
    rig.state(job_id, "queued")
    rig.now(job_id)
    until("the next run", lambda: rig.seen(job_id)["generation"] == 4)
    further(rig, job_id, 60)
    rig.do(wishes.cancel, job_id)
    rig.state(job_id, "cancelled")
    check_once(rig, job_id, spec)
    assert {row.generation for row in rows(rig, job_id)} == {1, 2, 3, 4}


def test_a_served_job_outlives_its_policy_server(rig: JobRig) -> None:
    spec = {**SPEC, "name": "kuhn_served", "serving": "server", "budget": {"updates": 10**6}}
    job_id = rig.launch(spec, "train")
    for _ in range(2):
        further(rig, job_id, 20)
        (server,) = crew(rig, "PolicyServer")
        os.kill(server.pid, signal.SIGKILL)
    further(rig, job_id, 40)
    assert len(crew(rig, "RolloutHost")) == 2
    rig.do(wishes.cancel, job_id)
    rig.state(job_id, "cancelled")
    check_once(rig, job_id, spec)
    last = rows(rig, job_id)[-1].numbers
    assert (last["servers_made"], last["hosts_made"]) == (3, 2)
    assert rig.seen(job_id)["generation"] == 1


def test_what_a_host_alone_can_tell_fails_the_job_with_its_reason(rig: JobRig) -> None:
    job_id = rig.launch({**SPEC, "evaluations": [], "opponents": [WAITS]}, "train")
    until("it to end", lambda: rig.seen(job_id)["state"] == "failed")
    seen = rig.seen(job_id)
    assert "[artifact.unknown]" in seen["reason"]
    assert "\n" not in seen["reason"], "a sentence, not a traceback"
    assert seen["generation"] == 1


def test_what_two_updates_have_learnt_from_would_be_found() -> None:
    assert apart([[128, 256], [0, 128], [300, 301]])
    assert not apart([[0, 128], [0, 128]])
    assert not apart([[0, 128], [300, 301], [127, 256]])


def test_the_error_of_a_replaced_reader_says_where_to_go_on() -> None:
    assert "resume point" in superseded("x").todo
