"""What a bot's match survives: its bot away for a while, the API killed, Redis killed; and what becomes of it else."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from redis import Redis
from sqlalchemy import Engine

from arena.core.wire import MatchReport, Stop
from arena.embedded.launch import free_port
from arena.embedded.valkey import Valkey
from arena.stream import asking
from arena.stream.redis import connect
from tests.integration.bots import RANDOM, Arena, Entered, first, hear, orders, play, running, say
from tests.integration.server import KEY, serving
from tests.patience import until

PLAYED = {Stop.WIN, Stop.LOSS, Stop.DRAW}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that waits for a second, not for fifteen."""
    monkeypatch.setattr(asking, "GRACE_S", 1.0)
    monkeypatch.setattr(asking, "WATCH_S", 0.1)


@pytest.mark.usefixtures("quick")
def test_a_bot_that_never_comes_abandons_and_one_that_only_thinks_runs_out_of_time(arena: Arena) -> None:
    ada = arena.enter("ada")
    absent = asyncio.run(arena.play("tic_tac_toe", ada.seat, RANDOM))[0]
    assert [s.stop for s in absent.seats] == [Stop.ABANDONED, Stop.FORFEIT_WIN]
    assert 900 < absent.seats[0].ms < 5000

    async def scenario() -> MatchReport:
        socket = await ada.connect(arena.url)
        report = (await arena.play("tic_tac_toe", ada.seat, RANDOM, ply_clock_ms=2500))[0]
        await socket.close()
        return report

    assert [s.stop for s in asyncio.run(scenario()).seats] == [Stop.TIMEOUT, Stop.FORFEIT_WIN]


@pytest.mark.usefixtures("quick")
def test_a_bot_that_leaves_in_the_middle_abandons_and_one_that_is_back_in_time_does_not(arena: Arena) -> None:
    ada = arena.enter("ada")

    async def scenario(*, back: bool) -> MatchReport:
        socket = await ada.connect(arena.url)
        playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, RANDOM))
        turn = await hear(socket, "turn")
        await socket.close()
        if back:
            socket = await ada.connect(arena.url)
            assert (await hear(socket, "turn"))["turn"] == turn["turn"]
            await say(socket, type="answer", turn=turn["turn"], action="resign")
        return (await playing)[0]

    assert asyncio.run(scenario(back=False)).seats[0].stop is Stop.ABANDONED
    assert asyncio.run(scenario(back=True)).seats[0].stop is Stop.RESIGNED


@contextmanager
def process(database_url: str, redis_url: str, home: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of the API, killed at the end."""
    environment = {
        **os.environ, "ARENA_HOME": str(home), "ARENA_DATABASE_URL": database_url, "ARENA_REDIS_URL": redis_url,
        "ARENA_API_PORT": str(port), "ARENA_SECRETS_KEY": KEY,
    }  # fmt: skip
    child = subprocess.Popen([sys.executable, "-m", "arena.cli.main", "run", "api"], env=environment)
    try:
        until("the API to answer", lambda: _up(port))
        yield child
    finally:
        child.kill()
        child.wait()


def _up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").is_success
    except httpx.HTTPError:
        return False


def test_the_api_is_killed_in_the_middle_of_a_match(
    engine: Engine, client: Redis, redis_url: str, database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    arena = Arena(engine, client, redis_url, f"http://127.0.0.1:{port}")
    ada = arena.enter("ada")
    asked: list[int] = []

    async def act(seen: object) -> str:
        asked.append(seen.ply)  # type: ignore[attr-defined]
        await asyncio.sleep(0.2)
        return seen.legal[0]  # type: ignore[attr-defined]

    async def scenario() -> MatchReport:
        async with running(ada.bot(arena.url, act)):
            with process(database_url, redis_url, tmp_path, port) as child:
                playing = asyncio.create_task(arena.play("connect_four", ada.seat, RANDOM, ply_clock_ms=60_000))
                await asyncio.to_thread(until, "some plies", lambda: len(asked) == 2)
                child.send_signal(signal.SIGKILL)
                await asyncio.to_thread(child.wait)
            with process(database_url, redis_url, tmp_path, port):
                return (await playing)[0]

    report = asyncio.run(scenario())
    assert {s.stop for s in report.seats} <= PLAYED
    assert len(asked) == len(set(asked)), "no turn was thought about twice"


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """One to be started, and killed, by the test."""
    server = Valkey(tmp_path / "valkey")
    yield server
    server.stop()


def killed(valkey: Valkey) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)
    until("Valkey to be gone", lambda: not valkey.alive())


@pytest.mark.own
def test_redis_is_killed_in_the_middle_of_matches(engine: Engine, valkey: Valkey) -> None:
    redis_url = valkey.start()
    with serving(engine, redis_url) as url:
        ada, bob = Entered(engine, "ada"), Entered(engine, "bob")
        plies = [0]

        async def act(seen: object) -> str:
            plies[0] += 1
            await asyncio.sleep(0.05)
            return first(seen)  # type: ignore[arg-type]

        async def scenario() -> list[MatchReport]:
            async with running(ada.bot(url, act), bob.bot(url, act)):
                wanted = orders("connect_four", ada.seat, bob.seat, n=20, ply_clock_ms=60_000)
                playing = asyncio.create_task(play(connect(redis_url), redis_url, wanted))
                await asyncio.to_thread(until, "some plies", lambda: plies[0] > 60)
                await asyncio.to_thread(killed, valkey)
                assert await asyncio.to_thread(valkey.start) == redis_url
                return await playing

        for report in asyncio.run(scenario()):
            assert {s.stop for s in report.seats} <= PLAYED
            assert all(p.action == p.legal[0] and not p.rejected for p in report.plies)


@pytest.mark.own
def test_a_match_for_which_redis_stays_away_is_the_arenas_own_fault(engine: Engine, valkey: Valkey) -> None:
    """By its clock, long before Redis is given up; nobody loses by it."""
    redis_url = valkey.start()
    with serving(engine, redis_url) as url:
        ada = Entered(engine, "ada")

        async def scenario() -> list[MatchReport]:
            socket = await ada.connect(url)
            wanted = orders("tic_tac_toe", ada.seat, RANDOM, ply_clock_ms=1500)
            playing = asyncio.create_task(play(connect(redis_url), redis_url, wanted))
            await hear(socket, "turn")
            await asyncio.to_thread(killed, valkey)
            since = time.monotonic()
            await asyncio.to_thread(until, "the seat's clock to run out", lambda: time.monotonic() - since > 2)
            await asyncio.to_thread(valkey.start)
            return await playing

        (report,) = asyncio.run(scenario())
        assert {s.stop for s in report.seats} == {Stop.INFRASTRUCTURE}


@pytest.mark.usefixtures("quick")
def test_without_any_gateway_nobody_loses(arena: Arena) -> None:
    ada = arena.enter("ada")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arena.stream.turns.GATEWAYS", "nobody listens here")
        report = asyncio.run(arena.play("tic_tac_toe", ada.seat, RANDOM, ply_clock_ms=1500))[0]
    assert {s.stop for s in report.seats} == {Stop.INFRASTRUCTURE}
