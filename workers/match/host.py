"""A match host: plays many matches at once and sends each report to Redis as soon as its match ends.

`Host` is a plain class; `workers.match.actor` is it as a Ray actor.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import redis.asyncio as aio
from redis.exceptions import RedisError

from arena.core.agents import Agent, Ending, Listener, kind_of
from arena.core.logs import about
from arena.core.wire import Final, MatchOrder, MatchReport, SeatReport, Stop, pack
from arena.stream import endpoints
from arena.stream.asking import Desk, asking_by
from arena.stream.redis import RESULTS, connect_async
from arena.stream.results import FIELD
from workers.endpoint import tally
from workers.match.referee import Referee
from workers.match.seating import seat_agents

log = logging.getLogger("arena.host")

RETRY_S = 0.2
FAREWELL_S = 5.0
_specs = msgspec.json.Encoder()
_orders = msgspec.msgpack.Decoder(list[MatchOrder])


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a host answers: the (match id, fence) of every match whose report is now in the stream."""

    finished: list[tuple[str, int]]


class Host:
    """Plays what it is given, on one event loop."""

    def __init__(self, name: str, redis_url: str) -> None:
        self._name = name
        self._redis: aio.Redis = connect_async(redis_url)
        self._desk = Desk(redis_url)
        self._tasks: set[asyncio.Task[None]] = set()
        self._outgoing: asyncio.Queue[tuple[MatchOrder, bytes]] = asyncio.Queue()
        self._finished: list[tuple[str, int]] = []
        self._news = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._known: set[tuple[str, int, str, str]] = set()
        self._loading, self._calling, self._weighing = asyncio.Lock(), asyncio.Lock(), asyncio.Lock()

    async def exchange(self, orders: bytes, wait_s: float) -> Exchange:
        """Begin the matches in `orders` (msgpack); give those finished, waiting up to `wait_s` for one."""
        self._sender = self._sender or asyncio.create_task(self._send())
        self._keep(self._begin(_orders.decode(orders)))
        if not self._finished:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()
        self._news.clear()
        finished, self._finished = self._finished, []
        self._keep(self._tell_counts())
        return Exchange(finished)

    async def _begin(self, orders: list[MatchOrder]) -> None:
        """Start matches one a turn of the loop, so that the first reports go out while the last still wait."""
        for order in orders:
            self._keep(self._play(order))
            await asyncio.sleep(0)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background; the loop itself holds its tasks only weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def pid(self) -> int:
        """The process this host runs in."""
        return os.getpid()

    async def _play(self, order: MatchOrder) -> None:
        agents: list[Agent] = []
        with about(match_id=order.match_id, host=self._name), asking_by(self._desk):
            try:
                agents = await self._seat(order)
                report = await Referee(order, agents, self._name).play()
            except Exception as error:  # a match that cannot be played is nobody's loss, and its attempts bound it
                log.exception("the match cannot be played")
                report = _failed(order, self._name, repr(error))
        await self._outgoing.put((order, pack(report)))
        for agent, seat in zip(agents, report.seats, strict=False):
            if isinstance(agent, Listener):
                self._keep(_tell(agent, Ending(seat.score, seat.rank if report.game_hash else 0, seat.stop)))

    async def _seat(self, order: MatchOrder) -> list[Agent]:
        """The agents of a match. The first of a kind and spec at a game may solve it, or load a model: on a thread,
        one at a time, while other matches go on. What it found is kept, so that those after it are quick. Who is asked
        over the network is quickly seated, and need not wait for games to be solved. Weights that owners bring may be
        gone again, or never fitted: with them it is always on a thread."""
        if any(_brings_weights(who.kind) for who in order.seats):
            async with self._weighing:
                return await asyncio.to_thread(seat_agents, order, forfeit=True)
        kinds = {(who.kind, hash(_specs.encode(who.spec)), order.game, order.variant) for who in order.seats}
        if kinds <= self._known:
            return seat_agents(order, forfeit=True)
        async with self._calling if any(_called(who.kind) for who in order.seats) else self._loading:
            if not kinds <= self._known:
                agents = await asyncio.to_thread(seat_agents, order, forfeit=True)
                self._known |= kinds
                return agents
        return seat_agents(order, forfeit=True)

    async def _send(self) -> None:
        """Send reports, as many as wait in one round trip, until Redis has them."""
        while True:
            batch = [await self._outgoing.get()]
            while not self._outgoing.empty():
                batch.append(self._outgoing.get_nowait())
            await self._deliver([blob for _, blob in batch])
            self._finished += [(order.match_id, order.fence) for order, _ in batch]
            self._news.set()

    async def _tell_counts(self) -> None:
        """Add what became of requests to endpoints to what all hosts count. Figures: should Redis break off in the
        middle of it, some may count twice."""
        counts = tally.take()
        if not counts:
            return
        try:
            await endpoints.add(self._redis, counts)
        except (RedisError, OSError):
            tally.give_back(counts)

    async def _deliver(self, blobs: list[bytes]) -> None:
        while True:
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    for blob in blobs:
                        pipe.xadd(RESULTS, {FIELD: blob})
                    await pipe.execute()
            except (RedisError, OSError) as error:
                log.warning("Redis is away, %d reports wait: %s", len(blobs), error)
                await asyncio.sleep(RETRY_S)
            else:
                return


@lru_cache
def _brings_weights(kind: str) -> bool:
    return not {"upload", "checkpoint"}.isdisjoint(kind_of(kind))


@lru_cache
def _called(kind: str) -> bool:
    known = kind_of(kind)
    return bool(known.get("connects") or known.get("urls"))


async def _tell(agent: Listener, ending: Ending) -> None:
    try:
        async with asyncio.timeout(FAREWELL_S):
            await agent.over(ending)
    except Exception as error:  # whatever it is, the match is over
        log.warning("a seat could not be told that its match is over: %r", error)


def _failed(order: MatchOrder, host: str, why: str) -> MatchReport:
    seats = [SeatReport(s.version_id, 0.0, 1, Stop.INFRASTRUCTURE, 0, 0.0) for s in order.seats]
    return MatchReport(
        match_id=order.match_id, fence=order.fence, host=host, seats=seats, plies=[], game_hash=b"",
        evidence_hash=b"", finished_at=0.0, final=Final(why[:500], 0.0),
    )  # fmt: skip
