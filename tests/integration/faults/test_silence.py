"""An API whose PostgreSQL is stopped, not dead: connections hang, and nothing is refused."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from api import patience, probe
from arena.embedded.postgres import Postgres
from arena.store import database, schema
from tests.integration.server import serving, until

ANSWER_S = 3.0
SLACK_S = 3.0


class Stopped:
    """A PostgreSQL and all of its processes, held by SIGSTOP."""

    def __init__(self, pid: int) -> None:
        postmaster = psutil.Process(pid)
        self.family = [postmaster, *postmaster.children(recursive=True)]
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self.family:
            os.kill(process.pid, number)


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres")
    yield server
    server.stop()


def test_no_request_hangs(postgres: Postgres, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "ANSWER_S", ANSWER_S)
    engine = database.connect(postgres.start())
    schema.upgrade(engine)
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, timeout=30) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/api/v1/matches").status_code == 200
        assert postgres.pid is not None
        with httpx.stream("GET", f"{url}/api/v1/feed") as feed:
            assert next(feed.iter_lines())
            stopped = Stopped(postgres.pid)
            try:
                for _ in range(2):
                    began = time.monotonic()
                    answer = client.get("/readyz")
                    assert time.monotonic() - began < probe.LOOK_S + SLACK_S
                    assert answer.status_code == 503
                    assert answer.json()["detail"] == "PostgreSQL does not answer."
                began = time.monotonic()
                answer = client.get("/api/v1/matches")
                assert time.monotonic() - began < ANSWER_S + SLACK_S
                assert (answer.status_code, answer.json()["code"]) == (503, "server.unreachable")
                assert answer.headers["X-Request-ID"] == answer.json()["request_id"]
                assert client.get("/healthz").status_code == 200
            finally:
                stopped.go_on()
        until("it to be ready again", lambda: client.get("/readyz").status_code == 200)
        assert client.get("/api/v1/matches").status_code == 200
    engine.dispose()
