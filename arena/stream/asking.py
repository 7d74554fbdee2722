"""A match host's end of `arena.stream.turns`: asks players that connect outwards, and waits for their answers.

One reader, one sender and one watcher a process, however many matches wait.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Generator
from contextvars import ContextVar
from dataclasses import dataclass, field

import msgspec
import redis.asyncio as aio
from msgspec.structs import replace

from arena.core.agents import Failed
from arena.core.bots import Over, YourTurn
from arena.core.errors import OwnFault
from arena.core.wire import Stop
from arena.stream import turns
from arena.stream.batched import ANSWER_S, SILENT, Batched
from arena.stream.clock import Clock
from arena.stream.redis import connect_once
from arena.stream.results import entries
from arena.stream.turns import Asked, Given, Told

log = logging.getLogger("arena.host")

GRACE_S = 15.0
"""How long a player that is not connected is waited for, but never longer than half of its clock."""
WATCH_S = 0.5
BLOCK_MS = 2000
RETRY_S = 0.2
AWAY_S = 10.0
"""How long Redis may be away before its matches are given up as the arena's own fault."""
LATE_S = 1.0
"""How long after its clock a turn may still be shown to a bot: the referee is who decides."""


@dataclass(eq=False, slots=True)
class Waiting:
    """A turn that waits for its answer."""

    asked: Asked
    grace_s: float
    answer: "asyncio.Future[Given | Failed]"
    away_since: float | None = None
    """When its player was first seen not to be connected, by the monotonic clock."""
    spoiled: bool = False
    """Redis, or every gateway, was away while it waited: that it has no answer is the arena's own fault. No more so
    once its player is connected with as much of the clock left as who is away is waited for: see `Desk._watch`."""
    kept: bool = False
    """Whether it lies in Redis, as far as is known."""
    ends: float = 0.0
    """When its clock ends, by the monotonic clock."""


@dataclass(eq=False, slots=True)
class Desk:
    """What one match host asks by. Made anywhere; all of its work is on the event loop it is first used on."""

    redis_url: str
    inbox: str = field(default_factory=lambda: f"turns:answers:{secrets.token_hex(8)}")
    _waiting: dict[str, Waiting] = field(default_factory=dict[str, Waiting])
    _busy: asyncio.Event = field(default_factory=asyncio.Event)
    _redis: Batched | None = None
    _clock: Clock = field(default_factory=Clock)
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list["asyncio.Task[None]"])

    async def ask(self, version_id: str, fence: int, turn: YourTurn) -> Given | Failed:
        """The answer to a turn, or that its player was away for too long. The caller holds the clock.

        Raises:
            OwnFault: Redis is away, or was, or no gateway was there, and so no answer came in time.
        """
        redis = self._begin()
        ends = time.monotonic() + turn.clock_s
        asked = Asked(version_id, fence, self.inbox, 0, 0, turn)
        future: asyncio.Future[Given | Failed] = asyncio.get_running_loop().create_future()
        waits = Waiting(asked, min(GRACE_S, turn.clock_s / 2), future, ends=ends)
        self._waiting[turn.turn] = waits
        self._busy.set()
        try:
            await self._put(redis, waits)
            answer = await waits.answer
        except asyncio.CancelledError:  # its clock has run out
            self._withdraw(redis, waits)
            if waits.spoiled:
                raise _own_fault("Redis, or every gateway, was away during a turn.") from None
            raise
        finally:
            del self._waiting[turn.turn]
        if isinstance(answer, Failed):
            self._withdraw(redis, waits)
        return answer

    async def over(self, version_id: str, over: Over) -> None:
        """Tell a player how its match ended, if it is connected. Raises one of `SILENT`."""
        await turns.tell(self._begin(), version_id, Told(over))

    async def close(self) -> None:
        """End what was begun."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _begin(self) -> Batched:
        if self._redis is None:
            client = connect_once(self.redis_url)
            self._redis = Batched(client)
            self._tasks += [asyncio.create_task(self._read()), asyncio.create_task(self._watch(self._redis))]
        return self._redis

    async def _put(self, redis: Batched, waits: Waiting) -> None:
        """Have it wait in Redis, however long that is away."""
        began = time.monotonic()
        while not waits.answer.done():
            try:
                await self._clock.keep(redis)
                at = self._clock.at(waits.ends - waits.asked.turn.clock_s)
                waits.asked = replace(waits.asked, at=at, until=at + waits.asked.turn.clock_s + LATE_S)
                await turns.put(redis, waits.asked)
            except SILENT as error:
                _spoil(waits)
                if time.monotonic() - began > AWAY_S:
                    raise _own_fault(f"Redis is away: {error}") from None
                await asyncio.sleep(RETRY_S)
            else:
                waits.kept = True
                return

    def _withdraw(self, redis: Batched, waits: Waiting) -> None:
        """No answer to it will count. Where Redis cannot be told, the turn's own end tells the gateways."""
        task = asyncio.create_task(_quietly(redis, waits.asked))
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    async def _read(self) -> None:
        """Give every answer in the inbox to who waits for it."""
        client = connect_once(self.redis_url)
        at: bytes | str = "0-0"
        while True:
            await self._need()
            try:
                async with asyncio.timeout(BLOCK_MS / 1000 + ANSWER_S):
                    reply = await client.xread({self.inbox: at}, count=1000, block=BLOCK_MS)
            except SILENT as error:
                self._spoil(f"{error}")
                await asyncio.sleep(RETRY_S)
                continue
            for at, fields in entries(reply):  # noqa: B007  # the last id is where reading goes on
                self._give(fields)
            if reply:
                await self._forget(client, at)

    async def _forget(self, client: aio.Redis, at: bytes | str) -> None:
        """What was read up to this id need not lie in Redis. Where that is not told now, the next time it is."""
        millis, _, number = (at.decode() if isinstance(at, bytes) else at).partition("-")
        with contextlib.suppress(*SILENT):
            async with asyncio.timeout(ANSWER_S):
                await client.xtrim(self.inbox, minid=f"{millis}-{int(number) + 1}", approximate=False)

    def _give(self, fields: dict[bytes, bytes]) -> None:
        try:
            given = turns.read_given(fields[b"given"])
        except (msgspec.MsgspecError, KeyError) as error:
            log.warning("an answer that cannot be read: %s", error)
            return
        waits = self._waiting.get(given.turn)
        if waits is not None and not waits.answer.done():
            waits.answer.set_result(given)

    async def _put_again(self, redis: Batched) -> None:
        """After an outage: what Redis may have lost, an answer on its way among it, is asked once more."""
        lost = [w for w in self._waiting.values() if w.spoiled and not w.kept and not w.answer.done()]
        await asyncio.gather(*(turns.put(redis, waits.asked) for waits in lost))
        for waits in lost:
            waits.kept = True

    async def _watch(self, redis: Batched) -> None:
        """See who is not connected, and for how long; put right what an outage left."""
        while True:
            await self._need()
            await asyncio.sleep(WATCH_S)
            ids = list({waits.asked.version_id for waits in self._waiting.values()})
            try:
                await self._clock.keep(redis)
                gateways, there = await turns.listening(redis, ids)
                await self._put_again(redis)
            except SILENT as error:
                self._spoil(f"{error}")
                continue
            for waits in [*self._waiting.values()]:
                if not gateways:
                    _spoil(waits, kept=waits.kept)
                elif waits.asked.version_id in there:
                    _is_there(waits)
                elif waits.asked.version_id in ids:
                    _abandon(waits)

    async def _need(self) -> None:
        """Go on once somebody waits."""
        if not self._waiting:
            self._busy.clear()
            await self._busy.wait()

    def _spoil(self, why: str) -> None:
        log.warning("Redis is away, %d turns wait: %s", len(self._waiting), why)
        for waits in self._waiting.values():
            _spoil(waits)


def _spoil(waits: Waiting, *, kept: bool = False) -> None:
    """That it has no answer is not its player's doing now."""
    waits.spoiled, waits.away_since, waits.kept = True, None, kept


def _is_there(waits: Waiting) -> None:
    """Its player is connected now. With enough of its clock left an outage is no excuse any more: who is losing could
    else stay silent, have the match void, and play it again."""
    waits.away_since = None
    if waits.kept and waits.ends - time.monotonic() >= waits.grace_s:
        waits.spoiled = False


def _abandon(waits: Waiting) -> None:
    """Its player is not connected now."""
    now = time.monotonic()
    waits.away_since = waits.away_since or now
    if now - waits.away_since >= waits.grace_s and not waits.answer.done():
        why = f"not connected, and not back within {waits.grace_s:g} s"
        waits.answer.set_result(Failed(Stop.ABANDONED, why))


async def _quietly(redis: Batched, asked: Asked) -> None:
    with contextlib.suppress(*SILENT):
        await turns.withdraw(redis, asked.version_id, asked.turn.turn)


def _own_fault(what: str) -> OwnFault:
    return OwnFault(what, todo="Nothing: the match is void, and played again.")


_desk: ContextVar[Desk | None] = ContextVar("desk", default=None)


@contextlib.contextmanager
def asking_by(desk: Desk) -> Generator[None]:
    """Agents that are built inside ask by this desk."""
    token = _desk.set(desk)
    try:
        yield
    finally:
        _desk.reset(token)


def current_desk() -> Desk | None:
    """By what agents ask that are built here; None where no match host is."""
    return _desk.get()
