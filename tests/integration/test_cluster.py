"""The arena on somebody else's Ray cluster of three nodes: hosts on all of them, and a node lost in the middle."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine

from arena.cli.supervise.parts import Part
from arena.embedded.launch import free_port
from arena.flow import wishes
from tests.integration.jobs.rig import Runners
from tests.integration.jobs.test_training import SPEC, check_once, further, rows, update
from tests.integration.ledger import Ledger
from tests.integration.nodes import HEAD, Cluster
from tests.patience import until

pytestmark = pytest.mark.cluster

ARENA = [sys.executable, "-m", "arena.cli.main"]
HOSTS = 3
SLOW, QUICK = 90, 600
LEASED = "FROM match_queue WHERE status = 'leased'"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="arena-nodes-"))
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ledger(database_url: str, redis_url: str) -> Iterator[Ledger]:
    ledger = Ledger(database_url, redis_url)
    yield ledger
    ledger.close()


@pytest.fixture
def environment(cluster: Cluster, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What whoever uses a cluster sets, and nothing else of the arena's or Ray's."""
    for name in [n for n in os.environ if n.startswith(("ARENA_", "RAY_"))]:
        monkeypatch.delenv(name)
    return {
        **cluster.environment,
        "ARENA_HOME": str(tmp_path / "home"), "ARENA_API_PORT": str(free_port()), "ARENA_RAY_ADDRESS": cluster.address,
        "ARENA_DATABASE_URL": ledger.database_url, "ARENA_REDIS_URL": ledger.redis_url,
        "ARENA_HOSTS": str(HOSTS), "ARENA_HOST_MATCHES": "24", "ARENA_ATTEMPTS": "100",
    }  # fmt: skip


@pytest.fixture
def pool(environment: dict[str, str], tmp_path: Path) -> Iterator[Part]:
    """A pool and a desk, each run alone, that play only what a test queues."""
    given = {**environment, "ARENA_PACE": "0"}
    parts = [Part(name, [*ARENA, "run", name], given, tmp_path / f"{name}.log") for name in ("desk", "pool")]
    for part in parts:
        part.start()
    yield parts[1]
    for part in parts:
        part.terminate()
    for part in parts:
        part.stop()


def all_hosts(cluster: Cluster) -> int:
    return sum(map(len, cluster.hosts().values()))


def test_a_pool_fills_the_nodes_and_outlives_one(cluster: Cluster, ledger: Ledger, pool: Part) -> None:
    until("every host to be made", lambda: all_hosts(cluster) == HOSTS)
    assert len(cluster.hosts()) > 1
    ids = ledger.queue("connect_four", "mcts", "random-a", 6) + ledger.queue("tic_tac_toe", "random-a", "random-b", 300)
    until("every match to be settled", lambda: ledger.settled(ids) == len(ids))
    ledger.check(ids)
    where = ledger.scalar("SELECT count(DISTINCT host) FROM result")
    assert where > 1


def test_up_on_a_cluster_of_somebody_else(cluster: Cluster, ledger: Ledger, environment: dict[str, str]) -> None:
    def arena(*words: str) -> str:
        given = {**os.environ, **environment}
        done = subprocess.run([*ARENA, *words], env=given, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    arena("up", "--detach")
    try:
        told = {part["name"]: part for part in json.loads(arena("status", "--json"))["parts"]}
        assert {name for name, part in told.items() if part["state"] == "external"} == {"postgres", "valkey", "ray"}
        assert told["ray"]["address"] == cluster.address
        assert told["ray"]["pid"] is None
        of_pool = psutil.Process(told["pool"]["pid"]).environ()
        assert {name: value for name, value in of_pool.items() if name.startswith("RAY_AUTH")} == {
            name: value for name, value in cluster.environment.items() if name.startswith("RAY_AUTH")
        }
        assert "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER" not in of_pool  # the switch for a Ray that listens on loopback only
        until("matches to be settled", lambda: ledger.scalar("SELECT count(*) FROM result") > 5)
        assert not Path(environment["ARENA_HOME"], "ray.token").exists()
    finally:
        arena("down")
    until("the hosts to end with their pool", lambda: all_hosts(cluster) == 0)
    assert cluster.alive()


@pytest.fixture
def rig(environment: dict[str, str], engine: Engine, tmp_path: Path) -> Iterator[Runners]:
    """A job runner, run alone."""
    (tmp_path / "home").mkdir()
    rig = Runners(tmp_path / "home", engine, environment)
    yield rig
    rig.close()


def test_a_node_lost_in_the_middle_of_a_training_job(cluster: Cluster, rig: Runners) -> None:
    spec = {**SPEC, "name": "kuhn_lost", "rollout_hosts": HOSTS, "budget": {"updates": 10**6}}

    def where() -> dict[str, list[int]]:
        return cluster.hosts("RolloutHost")

    job_id = rig.launch(spec, "train")
    until("a host on every node", lambda: len(where()) == HOSTS)
    further(rig, job_id, 20)
    victim = next(ip for ip in where() if ip != HEAD)
    cluster.kill(victim)
    until("its host to be made anew elsewhere", lambda: sum(map(len, where().values())) == HOSTS)
    assert victim not in where()
    further(rig, job_id, 20)
    seen = rig.seen(job_id)
    assert (seen["state"], seen["generation"], seen["reason"]) == ("running", 1, None)
    assert rows(rig, job_id)[-1].numbers["hosts_made"] > HOSTS
    rig.do(wishes.pause, job_id)
    rig.state(job_id, "paused")
    enough = update(rig, job_id) + 20
    rig.put(job_id, f"spec = jsonb_set(spec, '{{budget,updates}}', '{enough}')")
    rig.do(wishes.resume, job_id)
    rig.state(job_id, "done")
    check_once(rig, job_id, spec)
    cluster.begin(victim)


def test_a_node_lost_in_the_middle_of_play(cluster: Cluster, ledger: Ledger, pool: Part) -> None:
    until("every host to be made", lambda: all_hosts(cluster) == HOSTS)
    pid, before = pool.pid, cluster.hosts()
    victim = next(ip for ip in before if ip != HEAD)
    with cluster.still(victim):  # until it holds matches: it could have finished all of them just when it is killed
        ids = ledger.queue("connect_four", "mcts", "random-a", SLOW)
        ids += ledger.queue("tic_tac_toe", "random-a", "random-b", QUICK)
        until("every host to hold some", lambda: ledger.scalar(f"SELECT count(DISTINCT host) {LEASED}") == HOSTS, 10)
        until("play to be under way", lambda: ledger.settled(ids) > 20, 10)
    assert ledger.settled(ids) < len(ids) - QUICK // 2
    cluster.kill(victim)
    until("every match to be settled", lambda: ledger.settled(ids) == len(ids))
    ledger.check(ids)
    assert ledger.scalar("SELECT max(fence) FROM result WHERE match_id = ANY(:ids)", ids=ids) > 1  # what was lost
    until("its hosts to be made anew elsewhere", lambda: all_hosts(cluster) == HOSTS)
    assert victim not in cluster.hosts()
    assert pool.pid == pid
    more = ledger.queue("tic_tac_toe", "random-a", "random-b", 50)
    until("the ladder to go on", lambda: ledger.settled(more) == len(more))
    ledger.check(more)
