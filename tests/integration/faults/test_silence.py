"""An API whose PostgreSQL is stopped, not dead: connections hang, and nothing is refused."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api import patience
from api.checkup import watch
from arena.client import Client
from arena.embedded.postgres import Postgres
from arena.flow.submit import ARENA
from arena.store import database, schema
from tests.integration.accounts import key_for
from tests.integration.faults.stopped import stopped
from tests.integration.server import serving, until

pytestmark = pytest.mark.own

ANSWER_S = 3.0
SLACK_S = 3.0


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
            with stopped(postgres.pid):
                for _ in range(2):
                    began = time.monotonic()
                    answer = client.get("/readyz")
                    assert time.monotonic() - began < watch.LOOK_S + SLACK_S
                    assert answer.status_code == 503
                    assert answer.json()["detail"] == "PostgreSQL does not answer."
                began = time.monotonic()
                answer = client.get("/api/v1/matches")
                assert time.monotonic() - began < ANSWER_S + SLACK_S
                assert (answer.status_code, answer.json()["code"]) == (503, "server.unreachable")
                assert answer.headers["X-Request-ID"] == answer.json()["request_id"]
                assert client.get("/healthz").status_code == 200
        until("it to be ready again", lambda: client.get("/readyz").status_code == 200)
        assert client.get("/api/v1/matches").status_code == 200
    engine.dispose()


def test_what_was_given_up_on_may_be_done_and_the_answer_says_so(
    postgres: Postgres, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "ANSWER_S", 1.0)
    engine = database.connect(postgres.start())
    schema.upgrade(engine)
    key = key_for(engine, ARENA, "admin")
    wanted = {"name": "late", "kind": "random"}
    with serving(engine, redis_url) as url:
        assert postgres.pid is not None
        with stopped(postgres.pid):
            bearer = {"Authorization": f"Bearer {key}"}
            asked = httpx.post(f"{url}/api/v1/players", json=wanted, headers=bearer, timeout=30)
            read = httpx.get(f"{url}/api/v1/players", timeout=30)
        assert (asked.status_code, read.status_code) == (503, 503)
        assert asked.json()["todo"] == "It may still be done: look before you repeat it."
        assert read.json()["todo"] == "Try again shortly."
        with Client(url) as client:
            until("it to be done", lambda: "late" in {p["name"] for p in client.players()})
    engine.dispose()
