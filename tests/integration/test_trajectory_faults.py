"""`kill -9` of rollout hosts, the learner and the server, again and again: nothing is lost or learnt from twice."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from arena.embedded.valkey import Valkey
from arena.stream.redis import connect
from arena.stream.redis_trajectories import RedisTrajectories
from tests.integration.trajectory_parts import RULE
from tests.patience import until


class Parts:
    """The processes, by role."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, role: str) -> None:
        command = [sys.executable, "-m", "tests.integration.trajectory_parts", role.partition("-")[0]]
        log = (self._folder / f"{role}.log").open("ab")
        self._running[role] = subprocess.Popen([*command, self._url, str(self._folder)], stderr=log)

    def kill(self, role: str) -> None:
        self._running[role].send_signal(signal.SIGKILL)
        self._running.pop(role).wait()

    def stop(self) -> None:
        for role in list(self._running):
            self.kill(role)

    def alive(self) -> bool:
        return all(process.poll() is None for process in self._running.values())


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey")
    yield server
    server.stop()


def saved(folder: Path) -> dict[str, Any]:
    file = folder / "point.json"
    return json.loads(file.read_text()) if file.exists() else {"version": 0, "learnt": []}


def test_killed_at_any_moment(valkey: Valkey, tmp_path: Path) -> None:
    url, draw = valkey.start(), random.Random(4)
    _write_at_once(url)
    parts = Parts(url, tmp_path)
    with ExitStack() as undo:
        undo.callback(parts.stop)
        for role in ("learner", "host-1", "host-2"):
            parts.start(role)
        for victim in ("learner", "host-1", "valkey", "learner", "host-2", "valkey"):
            goal = saved(tmp_path)["version"] + draw.randint(3, 9)
            until("progress", lambda goal=goal: not parts.alive() or saved(tmp_path)["version"] >= goal)
            assert parts.alive()
            if victim == "valkey":
                assert valkey.pid
                os.kill(valkey.pid, signal.SIGKILL)
                until("its end", lambda: not valkey.alive())
                assert valkey.start() == url
                _write_at_once(url)
            else:
                parts.kill(victim)
                parts.start(victim)
        parts.kill("host-1")
        parts.kill("host-2")
        _check_end(url, tmp_path)
        assert parts.alive()


def _write_at_once(url: str) -> None:
    """On a busy disk the server may put writing off for two seconds, and a kill would lose what it has answered for."""
    client = connect(url)
    client.config_set("appendfsync", "always")
    client.close()


def _check_end(url: str, folder: Path) -> None:
    log = RedisTrajectories(connect(url), "job")
    until("an idle learner", lambda: log.vitals().waiting < RULE.batch)
    point = saved(folder)
    learnt = point["learnt"]
    assert len(learnt) == len(set(learnt)) == point["version"] * RULE.batch
    taken = {int(line) for file in folder.glob("taken-*") for line in file.read_text().split()}
    vitals = log.vitals()
    # Learnt from after the last resume point, or waiting: those are still in the stream, whole.
    after = (vitals.version - point["version"]) * RULE.batch + vitals.waiting
    dropped = vitals.counts.get("stale", 0) + vitals.counts.get("unborn", 0)
    assert len(taken - set(learnt)) <= after + dropped
    assert vitals.max_staleness <= RULE.max_staleness
    assert vitals.parked == 0
    assert vitals.entries < 100
