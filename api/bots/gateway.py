"""The gateway of this process: the bots that are connected to it, and the turns and answers between them and Redis.

One reader for all of them. Any number of processes of the API may have one: a turn is told to whoever listens for its
player version, and each gateway listens for those whose connection it has.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import msgspec
import redis
from redis.asyncio.client import PubSub
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.bots.admission import Door
from api.bots.line import Close, Handed, Line
from api.bots.tally import Tally
from arena.core.bots import HEARTBEAT_S, RAW_KEPT, Answer, Ping
from arena.core.brief import kept
from arena.core.errors import TurnOver, Unreachable
from arena.core.receipts import Receipt, action_hash
from arena.core.settings import Settings
from arena.core.wire import Said
from arena.stream import presence, turns
from arena.stream.batched import SILENT, Batched
from arena.stream.clock import Clock, of_redis
from arena.stream.redis import connect_once
from arena.stream.turns import GATEWAYS, Asked, Claimed, Given, Told

log = logging.getLogger("arena.bots")

RETRY_S = 0.2
READ_S = 5.0
DEAD_S = 2.5 * HEARTBEAT_S
"""After hearing nothing for so long a connection is taken for dead."""
PRESENT_S = 3 * HEARTBEAT_S
KEYS_EVERY = 3
"""Heartbeats from one look at the keys of those connected to the next."""


class Gateway:
    """Connects bots while `run` runs."""

    def __init__(self, settings: Settings, engine: Engine, client: redis.Redis, redis_url: str) -> None:
        self.door = Door(engine, settings)
        self._sync = client
        self._client = connect_once(redis_url)
        self._redis = Batched(self._client)
        self._clock = Clock()
        self._lines: dict[str, Line] = {}
        """By player version."""
        self._pubsub: PubSub | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._tally = Tally()
        self.taken_over: deque[str] = deque(maxlen=1000)
        """The polling connections that newer ones took over from."""

    def duties(self) -> list[Coroutine[Any, Any, None]]:
        """What is to run until it is cancelled, through any outage."""
        return [self._listen(), self._beat()]

    async def close(self) -> None:
        """Let go of Redis."""
        await self._client.aclose()

    @property
    def tally(self) -> Tally:
        """What there is to count, now."""
        return replace(self._tally, connected=len({line.id for line in self._lines.values()}))

    def line_of(self, player: str, line_id: str | None = None) -> Line | None:
        """The connection of a player, if it is to this process, or the one of that id."""
        for line in self._lines.values():
            if line.who.player == player and line_id in (None, line.id):
                return line
        return None

    async def enter(self, line: Line) -> None:
        """A bot is connected; whichever connection it had is over. Its turns follow once it is listened for."""
        try:
            await self._clock.keep(self._redis)
            line.since = await of_redis(self._redis)
        except SILENT:
            line.since = int(self._clock.now() * 1e6)
        for version_id in line.who.version_ids:
            other = self._lines.get(version_id)
            if other is not None and other.order > line.order:
                self._take_over(line)
                return
            self._lines[version_id] = line
            if other is not None:
                self._take_over(other)
        log.info("bot %s connected", line.who.player)
        await self._claim(line)
        await self._subscribe(*line.who.version_ids)

    async def leave(self, line: Line) -> None:
        """A bot's connection is over."""
        gone = [v for v in line.who.version_ids if self._lines.get(v) is line]
        for version_id in gone:
            del self._lines[version_id]
        log.info("bot %s disconnected: %s", line.who.player, line.ended.why if line.ended else "it went away")
        if gone and self._pubsub is not None:
            with contextlib.suppress(*SILENT):
                await self._pubsub.unsubscribe(*map(turns.channel, gone))
        if gone and (line.ended is None or line.ended.code != Close.TAKEN_OVER):
            with contextlib.suppress(*SILENT):
                await self._redis.run(*(("ZREM", presence.KEY, version_id) for version_id in gone))

    async def answer(self, line: Line, answer: Answer) -> bool:
        """Pass an answer on; whether it counts. If not, the bot is told why."""
        received = self._clock.now()
        try:
            handed = line.turns.get(answer.turn) or await self._find(line, answer.turn)
            taken = handed is not None and await self._take(handed, answer, received)
        except SILENT as error:
            log.warning("an answer of %s could not be passed on: %s", line.who.player, error)
            line.turns.pop(answer.turn, None)  # so that it is handed again
            line.refuse(Unreachable("Redis does not answer.", todo="Send the answer again."), answer.turn)
            return False
        line.turns.pop(answer.turn, None)
        if taken:
            self._tally.answered += 1
        else:
            self._tally.late += 1
            what = "This turn waits for no answer: it has one, its time is over, or it is not yours."
            line.refuse(TurnOver(what, todo="Wait for the next turn."), answer.turn)
        return taken

    def _hand(self, line: Line, asked: Asked) -> None:
        self._tally.asked += line.hand(asked, self._clock.now())

    async def _find(self, line: Line, turn: str) -> Handed | None:
        """A turn that was handed by another connection: its time counts from when it was asked."""
        asked = await turns.find(self._redis, list(line.who.version_ids), turn)
        return None if asked is None else Handed(asked, asked.at)

    async def _take(self, handed: Handed, answer: Answer, received: float) -> bool:
        asked, turn = handed.asked, handed.asked.turn
        receipt = Receipt(
            match=turn.match, fence=asked.fence, version=asked.version_id, seat=turn.seat, ply=turn.ply,
            attempt=turn.attempt, action=action_hash(answer.action), asked=asked.at, sent=handed.at,
            received=max(received, handed.at),
        )  # fmt: skip
        words = answer.said
        told = (kept(words.raw, RAW_KEPT), words.prompt_tokens, words.completion_tokens) if words else ("", 0, 0)
        said = Said(*told, receipt=self.door.signer.sign(receipt))
        return await turns.take(self._redis, asked, Given(answer.turn, answer.action, said, answer.error))

    async def _claim(self, line: Line) -> None:
        with contextlib.suppress(*SILENT):  # else it is claimed once Redis is there again
            for version_id in line.who.version_ids:
                await turns.tell(self._redis, version_id, Claimed(line.id, line.since))

    async def _subscribe(self, *version_ids: str) -> None:
        """Listen for versions. What waits for them is read as soon as Redis says that it is listened for."""
        if self._pubsub is not None and version_ids:
            with contextlib.suppress(*SILENT):  # the reader begins anew then, with all of them
                await self._pubsub.subscribe(*map(turns.channel, version_ids))

    async def _listen(self) -> None:
        """Read what is told, for ever. After every outage all is listened for anew."""
        while True:
            pubsub = self._client.pubsub()
            try:
                await pubsub.subscribe(GATEWAYS, *map(turns.channel, self._lines))
                self._pubsub = pubsub
                while True:
                    message = await pubsub.get_message(timeout=READ_S)
                    if message is not None:
                        self._heard(message)
            except SILENT as error:
                log.warning("bots wait, Redis is away: %s", error)
                await asyncio.sleep(RETRY_S)
            finally:
                self._pubsub = None
                with contextlib.suppress(*SILENT):
                    await pubsub.aclose()

    def _heard(self, message: dict[str, Any]) -> None:
        version_id = turns.version_of(message["channel"].decode())
        line = self._lines.get(version_id)
        if line is None:
            return
        if message["type"] == "subscribe":
            self._keep(self._catch_up(line, version_id))
        elif message["type"] == "message":
            try:
                news = turns.read_news(message["data"])
            except msgspec.MsgspecError as error:
                log.warning("news for %s that cannot be read: %s", line.who.player, error)
                return
            self._pass_on(line, news)

    def _pass_on(self, line: Line, news: turns.News) -> None:
        match news:
            case Asked():
                self._hand(line, news)
            case Told(over):
                line.send(over)
            case Claimed(other, since) if other != line.id:
                if (since, other) > line.order:
                    self._take_over(line)
                else:  # it came before, and may not have heard of this one
                    self._keep(self._claim(line))
            case _:
                pass

    async def _catch_up(self, line: Line, version_id: str) -> None:
        """Claim a version that is listened for from now on, and hand what waits for it."""
        with contextlib.suppress(*SILENT):
            await turns.tell(self._redis, version_id, Claimed(line.id, line.since))
            for asked in await turns.waiting(self._redis, [version_id]):
                self._hand(line, asked)
            await self._mark([version_id])

    async def _beat(self) -> None:
        """See who is still there, tell who is, and hand whatever was missed."""
        count = 0
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            count += 1
            try:
                await self._look_after([*{line.id: line for line in self._lines.values()}.values()])
                if count % KEYS_EVERY == 0:
                    await self._check_keys([*self._lines.values()])
            except (*SILENT, SQLAlchemyError) as error:
                log.warning("bots could not be looked after: %s", str(error).strip().partition("\n")[0])
            except Exception:  # whatever it is, the next beat comes: without it everybody would seem to be gone
                log.exception("bots could not be looked after")

    async def _look_after(self, lines: list[Line]) -> None:
        for line in lines:
            line.forget(self._clock.now())
            if time.monotonic() - line.heard > DEAD_S:
                line.end(Close.SILENT, "Nothing was heard for too long.")
            elif line.pings:
                line.send(Ping())
            if line.ended is not None and not line.pings:
                await self.leave(line)
        await self._mark([*self._lines])
        await self._clock.keep(self._redis)
        if self._lines:
            for asked in await turns.waiting(self._redis, [*self._lines]):
                if asked.version_id in self._lines:
                    self._hand(self._lines[asked.version_id], asked)
            await self._listen_for_newer(lines)  # last: it needs the database, and the rest must go on without

    async def _listen_for_newer(self, lines: list[Line]) -> None:
        """A version that was submitted while its bot is connected is the bot's, too."""
        found = await asyncio.to_thread(self.door.versions, sorted({line.who.player for line in lines}))
        for line in lines:
            former = line.who.version_ids
            if all(self._lines.get(version_id) is not line for version_id in former):
                continue  # it left meanwhile, or was taken over
            newer = [v for v in found[line.who.player] if v not in former]
            if newer:
                line.who = replace(line.who, version_ids=(*former, *newer))
                self._lines.update(dict.fromkeys(newer, line))
                await self._subscribe(*newer)

    async def _mark(self, version_ids: list[str]) -> None:
        if version_ids:
            await asyncio.to_thread(presence.mark, self._sync, version_ids, PRESENT_S)

    async def _check_keys(self, lines: list[Line]) -> None:
        """End the connections whose keys open nothing any more."""
        usable = await asyncio.to_thread(self.door.usable, [line.who.key_id for line in lines])
        for line in lines:
            if line.who.key_id not in usable:
                line.end(Close.KEY_GONE, "Its key is revoked or over.")

    def _keep(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _take_over(self, older: Line) -> None:
        older.end(Close.TAKEN_OVER, "A newer connection of the same player is there.")
        if not older.pings:  # nobody holds it: what is left of it is its last poll's cursor
            self.taken_over.append(older.id)
            self._keep(self.leave(older))
