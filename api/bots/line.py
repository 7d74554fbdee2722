"""One bot's connection as the gateway sees it: whose it is, what waits to be sent to it, which turns it was handed."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from msgspec.structs import replace

from arena.core.bots import Error, FromArena, YourTurn, write
from arena.core.errors import ArenaError
from arena.core.ids import new_id
from arena.stream.turns import Asked
from games import catalog

BACKLOG = 512
"""Messages that may wait for one bot. One that does not take them is cut off: what counts it is given again."""
MET = 1000
"""Matches whose rules a connection is known to have been told."""
PATIENCE, REFILL = 100.0, 2.0
"""Messages that answer no turn which a bot may send at once, and how many more a second."""


class Close(IntEnum):
    """Why the arena ends a connection: WebSocket close codes. Those from 4000 on are its own."""

    TOO_BIG = 1009
    RESTART = 1012
    KEY_GONE = 4401
    """The key was revoked, or is over."""
    VERSION = 4406
    """The arena does not speak that version of the protocol."""
    SILENT = 4408
    """Nothing was heard for too long."""
    TAKEN_OVER = 4409
    """A newer connection of the same player is there."""
    SLOW = 4413
    """It does not take what it is sent."""
    FLOOD = 4429
    """It sends too much that answers nothing."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who connected."""

    player: str
    version_ids: tuple[str, ...]
    """Every version of the player that connects: matches of a former one may still be under way."""
    key_id: UUID


@dataclass(frozen=True, slots=True)
class Ended:
    """In place of a message: the connection is over."""

    code: Close
    why: str


@dataclass(frozen=True, slots=True)
class Handed:
    """A turn that was given to the bot, and when, in Unix seconds by the clock of Redis."""

    asked: Asked
    at: float


class Line:
    """What the gateway holds of a connection, of whatever kind."""

    pings = True
    """Whether it is asked if it is still there; who polls tells so by polling."""

    def __init__(self, who: Who) -> None:
        self.who = who
        self.id = str(new_id())
        self.since = 0
        """When it came: of two connections of a player the later one stays. Set by the gateway."""
        self.turns: dict[str, Handed] = {}
        self.heard = time.monotonic()
        self.ended: Ended | None = None
        self.waiting: asyncio.Queue[str | Ended] = asyncio.Queue()
        self._met: OrderedDict[str, None] = OrderedDict()
        self._patience, self._at = PATIENCE, time.monotonic()

    @property
    def order(self) -> tuple[int, str]:
        """Which of two connections is newer: the one for which this is more."""
        return self.since, self.id

    def send(self, message: FromArena) -> None:
        """Have a message wait to be sent."""
        if self.ended is None:
            self.waiting.put_nowait(write(message))
            if self.waiting.qsize() > BACKLOG:
                self.end(Close.SLOW, "It does not take what it is sent.")

    def end(self, code: Close, why: str) -> None:
        """Close it, after what waits."""
        if self.ended is None:
            self.ended = Ended(code, why)
            self.waiting.put_nowait(self.ended)

    def hand(self, asked: Asked, now: float) -> bool:
        """Give the bot a turn, unless it has it, or its time is over; whether it was given."""
        if asked.turn.turn in self.turns or asked.until < now:
            return False
        now = max(now, asked.at)  # the clocks of two processes agree to half a round trip: nothing is sent unasked
        self.turns[asked.turn.turn] = Handed(asked, now)
        left = max(0.0, min(asked.turn.clock_s, asked.turn.clock_s - (now - asked.at)))
        self.send(replace(asked.turn, clock_s=round(left, 3), rules=self._rules(asked.turn)))
        return True

    def forget(self, now: float) -> None:
        """Forget the turns that nobody waits for any more."""
        for turn in [turn for turn, handed in self.turns.items() if handed.asked.until < now]:
            del self.turns[turn]

    def refuse(self, error: ArenaError, turn: str | None = None) -> None:
        """Tell what is wrong with a message; who sends too many of them is cut off."""
        self.send(Error(code=error.code, what=error.what, todo=error.todo, turn=turn))

    def idle(self) -> None:
        """A message came that answered no turn."""
        now = time.monotonic()
        self._patience = min(PATIENCE, self._patience + (now - self._at) * REFILL) - 1
        self._at = now
        if self._patience < 0:
            self.end(Close.FLOOD, "It sends too much that answers nothing.")

    def _rules(self, turn: YourTurn) -> str | None:
        """How to play, with a match's first turn."""
        if turn.match in self._met:
            return None
        self._met[turn.match] = None
        if len(self._met) > MET:
            self._met.popitem(last=False)
        return catalog.load(turn.game).facts.how_to_play if turn.game in catalog.names() else None
