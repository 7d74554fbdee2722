"""A whole arena, every part of it killed with SIGKILL in random order while it plays: nothing lost, nothing twice.

`TEST_SOAK_SEED` repeats a run's order of kills; `TEST_SOAK_S` sets how long the long one takes.
"""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from arena.embedded.postgres import Postgres
from arena.flow.backup import backup, prove
from arena.store import database
from tests.integration.faults.laws import broken
from tests.integration.faults.listener import Listener
from tests.integration.faults.whole import RECOVERY_S, VICTIMS, Whole
from tests.patience import until

pytestmark = pytest.mark.own

LONG_S = float(os.environ.get("TEST_SOAK_S", "600"))
QUEUED, BATCH, ALIVE = 100, 300, 20
LOG_BYTES, SESSION_BYTES, GROWTH_BYTES = 25 << 20, 100 << 20, 80 << 20


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Whole]:
    whole = Whole(tmp_path / "home")
    yield whole
    whole.close()


@pytest.mark.timeout(600)
def test_a_short_soak(whole: Whole) -> None:
    """Each part once, most of them before the last one has recovered."""
    soak(whole, 0.0, pause_s=1.0, alone=0.2)


@pytest.mark.slow
@pytest.mark.timeout(LONG_S + 600)
def test_a_long_soak(whole: Whole) -> None:
    soak(whole, LONG_S, pause_s=6.0, alone=0.7)


def soak(whole: Whole, seconds: float, *, pause_s: float, alone: float) -> None:
    """Kill for so long, and every part at least once; wait after a share `alone` of the kills until all is well."""
    seed = int(os.environ.get("TEST_SOAK_SEED", secrets.randbelow(10**6)))
    print(f"TEST_SOAK_SEED={seed}")
    whole.up()
    recovered(whole)
    listener, before, drawn = Listener(whole.url), memory(whole), random.Random(seed)
    deadline, kills = time.monotonic() + seconds, Counter[str]()
    order: list[str] = []
    while time.monotonic() < deadline or kills.total() < len(VICTIMS):
        order = order or drawn.sample(VICTIMS, len(VICTIMS))
        name, pause, waits = order.pop(), drawn.uniform(0, pause_s), drawn.random() < alone
        until(f"{name} to live", lambda name=name: whole.victim(name) is not None, RECOVERY_S)
        kills[name] += whole.kill(name)
        print(f"{time.monotonic() - deadline + seconds:6.1f} s: {name} killed")
        if waits:
            recovered(whole)
        began = time.monotonic()
        until("the next kill", lambda began=began, pause=pause: time.monotonic() - began > pause)
    recovered(whole)
    check_size(whole, before)
    fed = whole.scalar("SELECT max(feed_seq) FROM outbox")
    until("the listener to have heard it", lambda: bool(listener.heard) and listener.heard[-1] >= fed)
    whole.down()
    listener.stop()
    assert listener.heard == list(range(1, len(listener.heard) + 1))
    check_facts(whole)
    print(f"{kills.total()} kills, {len(listener.heard)} events over {listener.connections} connections")


def recovered(whole: Whole) -> None:
    """It runs again as a whole, plays, and has kept every law."""
    until("every part to run", whole.well, RECOVERY_S)
    settled = whole.settled()
    if whole.scalar("SELECT count(*) FROM match_queue") < QUEUED:
        whole.queue(BATCH)
    until("matches to be settled", lambda: whole.settled() > settled + ALIVE, RECOVERY_S)
    assert not broken(whole.engine)


def memory(whole: Whole) -> dict[str, int]:
    """Proportional set size in bytes of each part, with what it has started."""
    sizes: dict[str, int] = {}
    for name, pid in whole.pids().items():
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        sizes[name] = sum(p.memory_full_info().pss for p in family)
    return sizes


def check_size(whole: Whole, before: dict[str, int]) -> None:
    """Nothing grows without a bound: no part's memory, no log, none of Ray's sessions."""
    now = memory(whole)
    grown = {name: (before[name], size) for name, size in now.items() if size > 2 * before[name] + GROWTH_BYTES}
    assert not grown
    logs = [f for f in whole.home.rglob("*.log*") if f.is_file()]
    assert logs
    assert not [f for f in logs if f.stat().st_size > LOG_BYTES]
    sessions = [f.stat().st_size for f in whole.ray.rglob("*") if f.is_file() and not f.is_symlink()]
    assert sum(sessions) < SESSION_BYTES


def check_facts(whole: Whole) -> None:
    """With nothing else running: the facts refit to what stands."""
    postgres = Postgres(whole.home / "postgres")
    engine = database.connect(postgres.start())
    try:
        manifest = backup(engine, whole.home / "backup.tar")
        with engine.connect() as connection:
            prove(connection, manifest)
        assert not broken(engine)
        assert manifest.results > 0
    finally:
        engine.dispose()
        postgres.stop()
