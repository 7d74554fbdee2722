"""Bots at real tables: players submitted, matches played by a real match host, bots on the test's own event loop."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from redis import Redis
from sqlalchemy import Engine
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arena.client import Bot, Observation
from arena.core.ids import new_id
from arena.core.wire import MatchOrder, MatchReport, SeatOrder, unpack_report
from arena.flow.submit import Submission, submit
from arena.store import keys, players
from arena.stream.redis import RESULTS
from tests.tables import order_for
from workers.match.host import Host

PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Arena:
    """The API and what is behind it."""

    engine: Engine
    redis: Redis
    redis_url: str
    url: str

    def enter(self, name: str, *scopes: str, **more: Any) -> "Entered":
        return Entered(self.engine, name, *scopes, **more)

    async def play(self, game: str, *seats: SeatOrder, **more: Any) -> list[MatchReport]:
        return await play(self.redis, self.redis_url, orders(game, *seats, **more))


class Entered:
    """A player of kind `bot`, and its owner's key."""

    def __init__(self, engine: Engine, name: str, *scopes: str, owner: str = "", **spec: str) -> None:
        with engine.begin() as connection:
            owner_id = players.owner(connection, owner or f"owner of {name}")
            self.version_id = str(submit(connection, owner_id, Submission(name, "bot", spec)))
            self.key = keys.add(connection, owner_id, scopes or ["submit"])
        self.name = name

    @property
    def seat(self) -> SeatOrder:
        return SeatOrder(self.version_id, "bot", {}, self.name)

    def bot(self, url: str, act: Any, **more: Any) -> Bot:
        return Bot(url, self.key, self.name, act, **more)

    async def connect(self, url: str, *, greet: bool = True) -> ClientConnection:
        """A bare WebSocket, for a test that says what it wants."""
        path = f"ws{url.removeprefix('http')}/api/v1/bots/{self.name}/connect"
        socket = await connect(path, additional_headers={"Authorization": f"Bearer {self.key}"}, ping_interval=None)
        if greet:
            await say(socket, type="hello", version=1)
            assert (await hear(socket))["type"] == "welcome"
        return socket


RANDOM = SeatOrder(str(new_id()), "random", {}, "random")


def first(seen: Observation) -> str:
    """The first legal action."""
    return seen.legal[0]


def orders(game: str, *seats: SeatOrder, n: int = 1, **changes: object) -> list[MatchOrder]:
    """Matches between these."""
    return [order_for(game, seed=seed, seats=list(seats), **changes) for seed in range(n)]


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection, *types: str) -> dict[str, Any]:
    """The next message, or the next of some types."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message = json.loads(await socket.recv())
            if not types or message["type"] in types:
                return message


async def closed(socket: ClientConnection) -> int:
    """The code that a connection is closed with."""
    with suppress(ConnectionClosed):
        while True:
            await hear(socket)
    assert socket.close_code is not None
    return socket.close_code


async def play(client: Redis, redis_url: str, wanted: Sequence[MatchOrder]) -> list[MatchReport]:
    """The reports of matches, in their order."""
    host = Host("host", redis_url)
    done = list((await host.exchange(msgspec.msgpack.encode(list(wanted)), 0.1)).finished)
    async with asyncio.timeout(PATIENCE_S):
        while len(done) < len(wanted):
            done += (await host.exchange(msgspec.msgpack.encode([]), 1)).finished
    await host._desk.close()
    found = {r.match_id: r for r in (unpack_report(f[b"report"]) for _, f in await asyncio.to_thread(_all, client))}
    return [found[order.match_id] for order in wanted]


def _all(client: Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return client.xrange(RESULTS)  # type: ignore[return-value]


@asynccontextmanager
async def running(*bots: Bot) -> AsyncGenerator[None]:
    """These play while the block runs."""
    tasks = [asyncio.create_task(bot.play()) for bot in bots]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def until(what: str, condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a condition, with a bound."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.02)
