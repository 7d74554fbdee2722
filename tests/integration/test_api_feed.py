"""The live feed: every event once and in order, through resumption, an outage of Redis, and a slow client."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis import Redis
from sqlalchemy import Engine

from api import hub as hubs
from api.hub import Hub
from arena.client import Client, FeedEvent
from arena.embedded.launch import free_port
from arena.embedded.valkey import Valkey
from arena.store import outbox
from arena.stream.feed import Event
from arena.stream.redis import FEED, connect
from tests.integration.server import serving, until
from tests.play import tell


def happen(engine: Engine, *numbers: int) -> None:
    with engine.begin() as connection:
        outbox.add(connection, [("match.settled", {"game": "tic_tac_toe", "league": "open", "n": n}) for n in numbers])


class Listener:
    """Follows the feed on a thread."""

    def __init__(self, url: str, after: int | None = None) -> None:
        self.heard: list[FeedEvent] = []
        threading.Thread(target=self._follow, args=(Client(url), after), daemon=True).start()

    def _follow(self, client: Client, after: int | None) -> None:
        for event in client.feed(after):
            self.heard.append(event)

    def numbers(self) -> list[int]:
        return [e.seq for e in self.heard]


def test_events_come_in_order_and_resume(engine: Engine, client: Redis, redis_url: str) -> None:
    happen(engine, *range(10))
    tell(engine, client)
    with serving(engine, redis_url) as url:
        everything, some = Listener(url, 0), Listener(url, 7)
        until("the past", lambda: len(everything.heard) == 10 and len(some.heard) == 3)
        happen(engine, 10, 11)
        tell(engine, client)
        until("the present", lambda: len(everything.heard) == 12 and len(some.heard) == 5)
    assert everything.numbers() == list(range(1, 13))
    assert some.numbers() == list(range(8, 13))
    assert [e.data["n"] for e in everything.heard] == list(range(12))


def test_what_redis_has_trimmed_comes_from_postgres(engine: Engine, client: Redis, redis_url: str) -> None:
    happen(engine, *range(20))
    tell(engine, client)
    client.xtrim(FEED, maxlen=3, approximate=False)
    with serving(engine, redis_url) as url:
        listener = Listener(url, 4)
        until("all of it", lambda: len(listener.heard) == 16)
    assert listener.numbers() == list(range(5, 21))


def test_a_browser_resumes_with_its_header(engine: Engine, client: Redis, redis_url: str) -> None:
    happen(engine, *range(5))
    tell(engine, client)
    with serving(engine, redis_url) as url:
        headers = {"Last-Event-ID": "3"}
        with httpx.stream("GET", f"{url}/api/v1/feed?after=0", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            first = next(line for line in answer.iter_lines() if line.startswith("id:"))
        assert first == "id: 4"
        assert httpx.get(f"{url}/api/v1/feed", headers={"Last-Event-ID": "x"}).json()["code"] == "request.invalid"


def test_an_outage_of_redis_loses_and_doubles_nothing(engine: Engine, tmp_path: Path) -> None:
    valkey = Valkey(tmp_path)
    url_of_redis = valkey.start()
    client = connect(url_of_redis)
    try:
        with serving(engine, url_of_redis) as url:
            listener = Listener(url, 0)
            happen(engine, 0)
            tell(engine, client)
            until("the first", lambda: listener.numbers() == [1])
            valkey.stop()
            happen(engine, 1, 2)
            with engine.begin() as connection:
                outbox.number(connection, 100)
            until("what happened meanwhile, from PostgreSQL", lambda: listener.numbers() == [1, 2, 3])
            newcomer = Listener(url, 1)
            until("the past without Redis", lambda: newcomer.numbers() == [2, 3])
            assert httpx.get(f"{url}/readyz").json()["detail"] == "Redis does not answer."
            assert valkey.start() == url_of_redis
            happen(engine, 3)
            tell(engine, client)
            until("the feed to go on", lambda: listener.numbers() == [1, 2, 3, 4])
            until("the newcomer too", lambda: newcomer.numbers() == [2, 3, 4])
    finally:
        client.close()
        valkey.stop()


@asynccontextmanager
async def running(engine: Engine, redis_url: str) -> AsyncIterator[Hub]:
    hub = Hub(engine, redis_url)
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await hub.close()


def test_a_slow_client_is_cut_off_and_may_resume(
    engine: Engine, client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "LAG", 5)

    async def scenario() -> None:
        async with running(engine, redis_url) as hub:
            slow = hub.stream(None)
            first = asyncio.ensure_future(anext(slow))
            while not hub._clients:  # noqa: ASYNC110  # the hub has no event for it
                await asyncio.sleep(0.01)
            happen(engine, *range(30))
            await asyncio.to_thread(tell, engine, client)
            heard = [await first]
            while hub.at < 30:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            heard += [event async for event in slow]
            assert [e.seq for e in heard] == list(range(1, len(heard) + 1))
            assert len(heard) < 30
            assert not hub._clients
            rest = hub.stream(heard[-1].seq)
            heard += [await anext(rest) for _ in range(30 - len(heard))]
            assert [e.seq for e in heard] == list(range(1, 31))
            await rest.aclose()  # type: ignore[attr-defined]

    asyncio.run(asyncio.wait_for(scenario(), 30))


@pytest.mark.parametrize("turns", range(6))
def test_it_ends_when_told_to_though_an_answer_comes_at_that_moment(
    engine: Engine, redis_url: str, monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """Whatever turn of the loop the end falls on, after the answer of Redis has come."""
    asked, answered = asyncio.Event(), asyncio.Event()

    async def answer(*_: object, **__: object) -> list[Event]:
        asked.set()
        await answered.wait()
        answered.clear()
        return []

    async def scenario() -> None:
        hub = Hub(engine, redis_url)
        task = asyncio.create_task(hub.run())
        await asked.wait()
        answered.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=2)
        ended = task.cancelled()
        task.cancel()
        await hub.close()
        assert ended

    monkeypatch.setattr(hubs, "read", answer)
    asyncio.run(scenario())


def test_a_number_from_another_database_begins_now(engine: Engine, client: Redis, redis_url: str) -> None:
    async def scenario() -> Event:
        async with running(engine, redis_url) as hub:
            stream = hub.stream(10_000)
            first = asyncio.ensure_future(anext(stream))
            while not hub._clients:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            happen(engine, 0)
            await asyncio.to_thread(tell, engine, client)
            return await first

    assert asyncio.run(asyncio.wait_for(scenario(), 30)).seq == 1


@pytest.fixture
def process(
    database_url: str, engine: Engine, redis_url: str, tmp_path: Path
) -> Iterator[tuple[str, subprocess.Popen]]:
    port = free_port()
    environment = {
        **os.environ, "ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url, "ARENA_API_PORT": str(port),
        "ARENA_HOME": str(tmp_path),
    }  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "-m", "arena.cli.main", "run", "api"]
        served = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            yield f"http://127.0.0.1:{port}", served
        finally:
            served.kill()
            served.wait()


def up(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def test_it_stops_soon_with_feeds_open(process: tuple[str, subprocess.Popen]) -> None:
    url, served = process
    until("the API", lambda: up(url))
    with httpx.stream("GET", f"{url}/api/v1/feed") as one, httpx.stream("GET", f"{url}/api/v1/feed") as other:
        assert one.status_code == other.status_code == 200
        began = time.monotonic()
        served.send_signal(signal.SIGTERM)
        assert served.wait(10) == 0
        assert time.monotonic() - began < 3.5


def test_a_port_in_use_is_told(process: tuple[str, subprocess.Popen], database_url: str, redis_url: str) -> None:
    url, _ = process
    until("the API", lambda: up(url))
    environment = {
        **os.environ, "ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url,
        "ARENA_API_PORT": url.rpartition(":")[2],
    }  # fmt: skip
    command = [sys.executable, "-m", "arena.cli.main", "run", "api"]
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "config.port_taken" in second.stderr
    assert "Traceback" not in second.stderr
