"""`/api/v1/health` on real servers: parts show themselves, silence is bounded."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
from redis import Redis
from sqlalchemy import Engine, text

from api.checkup.watch import AGE_S, LOOK_S
from arena.core.terms import Terms
from arena.embedded.postgres import Postgres
from arena.store import database, queue, schema
from arena.stream.results import RedisResults
from tests.integration.ladder import Ladder
from tests.integration.server import serving, until
from tests.integration.test_metrics import scraped


def seen(url: str) -> dict[str, dict[str, Any]]:
    answer = httpx.get(f"{url}/api/v1/health", timeout=LOOK_S + 5)
    assert answer.status_code == 200
    return {part["name"]: part for part in answer.json()["parts"]}


def test_the_desk_shows_itself_by_asking(engine: Engine, client: Redis, redis_url: str) -> None:
    with serving(engine, redis_url) as url:
        assert (seen(url)["desk"]["state"], seen(url)["desk"]["word"]) == ("critical", "away")
        desk = RedisResults(client)
        desk.read(1, 1)
        desk.read(1, 1)
        until("the desk to be seen", lambda: seen(url)["desk"]["state"] == "ok")
        assert seen(url)["pool"]["word"] == "idle"


def test_a_pool_that_takes_nothing_is_seen(engine: Engine, client: Redis, redis_url: str) -> None:
    ladder = Ladder(engine)
    ladder.queue(2)
    with serving(engine, redis_url) as url:
        assert seen(url)["pool"]["state"] == "ok"
        with engine.begin() as connection:
            connection.execute(text("UPDATE match SET created_at = now() - interval '1 minute'"))
        until("the pool to be missed", lambda: seen(url)["pool"]["word"] == "away")
        ladder.lease(lease_s=60)
        until("the lease to be seen", lambda: seen(url)["pool"]["state"] == "ok")
        with engine.begin() as connection:
            connection.execute(text("UPDATE match_queue SET lease_until = now() - interval '1 second'"))
        until("the host to be missed", lambda: seen(url)["pool"]["word"] == "lost a host")


def test_refusals_and_matches_given_up_are_told_for_an_hour(engine: Engine, client: Redis, redis_url: str) -> None:
    ladder = Ladder(engine)
    ladder.queue(2, terms=Terms())
    ladder.lease(1)
    ladder.settle([b"junk"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE match_queue SET attempts = 5, status = 'queued'"))
        assert len(queue.bury(connection, 5)) == 2
    RedisResults(client).read(1, 1)
    RedisResults(client).read(1, 1)
    with serving(engine, redis_url) as url:
        told = seen(url)
        assert (told["desk"]["word"], told["pool"]["word"]) == ("refusing", "giving up")
        with engine.begin() as connection:
            # Ids begin with the time they were made at: a day earlier.
            connection.execute(text("UPDATE finding SET id = overlay(id::text placing '0180' from 1 for 4)::uuid"))
        until("it to be forgotten", lambda: seen(url)["desk"]["state"] == "ok")


def test_a_silent_postgresql_is_told_in_time(tmp_path: Path, client: Redis, redis_url: str) -> None:
    postgres = Postgres(tmp_path / "postgres")
    engine = database.connect(postgres.start())
    try:
        schema.upgrade(engine)
        with serving(engine, redis_url) as url:
            assert seen(url)["postgres"]["state"] == "ok"
            assert postgres.pid is not None
            family = [psutil.Process(postgres.pid), *psutil.Process(postgres.pid).children(recursive=True)]
            for process in family:
                os.kill(process.pid, signal.SIGSTOP)
            try:
                until("its silence to be told", lambda: seen(url)["postgres"]["word"] == "away")
                for _ in range(3):
                    began = time.monotonic()
                    assert seen(url)["redis"]["state"] == "ok"
                    assert time.monotonic() - began < LOOK_S + AGE_S
                    began = time.monotonic()
                    now = scraped(url)
                    assert time.monotonic() - began < LOOK_S + AGE_S
                    assert (now["arena_results_backlog"], now["arena_sse_clients"]) == (0, 0)
                    assert not [name for name in now if name.startswith("arena_queue")]
                assert httpx.get(f"{url}/healthz").is_success
            finally:
                for process in family:
                    os.kill(process.pid, signal.SIGCONT)
            until("it to be well", lambda: seen(url)["postgres"]["state"] == "ok")
    finally:
        engine.dispose()
        postgres.stop()
