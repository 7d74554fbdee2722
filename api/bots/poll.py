"""A bot's connection by long polls, for where WebSockets do not come through: the same messages, several at a time.

What a poll was given is kept until the next one says, by the cursor it was given, that it came.
"""

import asyncio
import contextlib
import time
from collections import deque
from typing import Any

from pydantic import BaseModel

from api.bots.gateway import Gateway
from api.bots.line import Ended, Line, Who
from arena.core.bots import HEARTBEAT_S, MAX_MESSAGE_BYTES, PROTOCOL, Answer, Welcome
from arena.core.errors import TakenOver

MAX_WAIT_S = 15.0


class Polled(BaseModel):
    """Messages, as docs/bots.md describes them. Give `next` as `after` of the next poll."""

    messages: list[dict[str, Any]]
    next: str


class PollLine(Line):
    """A connection that lasts from poll to poll."""

    pings = False

    def __init__(self, who: Who) -> None:
        super().__init__(who)
        self._kept: deque[tuple[int, str]] = deque()
        self._count = 0
        self._one = asyncio.Lock()

    async def poll(self, after: int, wait_s: float) -> list[str]:
        """What came after that number, waiting for something; of several polls at once the later ones wait."""
        async with self._one:
            while self._kept and self._kept[0][0] <= after:
                self._kept.popleft()
            if not self._kept:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        self._keep(await self.waiting.get())
            while not self.waiting.empty():
                self._keep(self.waiting.get_nowait())
            self.heard = time.monotonic()
            return [text for _, text in self._kept]

    @property
    def cursor(self) -> str:
        """What the next poll says to have got."""
        return f"{self.id}.{self._count}"

    def _keep(self, waiting: str | Ended) -> None:
        if isinstance(waiting, str):
            self._count += 1
            self._kept.append((self._count, waiting))


async def poll(gateway: Gateway, who: Who, after: str, wait_s: float) -> tuple[list[str], str]:
    """The next messages of a player's connection, which begins with its first poll, and the cursor after them.

    Raises:
        TakenOver: a newer connection of the player is there.
    """
    line_id, _, number = after.partition(".")
    current = gateway.line_of(who.player)
    if isinstance(current, PollLine) and current.id == line_id and number.isdecimal() and len(number) < 10:
        line = current
        line.heard = time.monotonic()
    elif line_id and (current is not None or line_id in gateway.taken_over):
        what = "A newer connection of the same player is there."
        raise TakenOver(what, todo="Poll without `after` to take over from it.")
    else:
        line, number = PollLine(who), "0"
        line.send(Welcome(
            version=PROTOCOL, player=who.player, heartbeat_s=HEARTBEAT_S, max_bytes=MAX_MESSAGE_BYTES
        ))  # fmt: skip
        await gateway.enter(line)
    messages = await line.poll(int(number), wait_s)
    if line.ended is not None:
        await gateway.leave(line)
    return messages, line.cursor


async def give(gateway: Gateway, who: Who, answers: list[Answer]) -> list[str]:
    """Pass answers on; what is wrong with those that do not count."""
    current = gateway.line_of(who.player)
    line = Line(who)  # of its own: what it is told is the answer to this request
    if isinstance(current, PollLine):
        current.heard = time.monotonic()
        line.turns = current.turns
    for answer in answers:
        await gateway.answer(line, answer)
    told: list[str] = []
    while not line.waiting.empty():
        waiting = line.waiting.get_nowait()
        if isinstance(waiting, str):
            told.append(waiting)
    return told
