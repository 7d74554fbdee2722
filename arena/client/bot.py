"""A bot: a player that connects outwards and answers for itself. `Bot(url, key, player, act).run()`.

`act` gets an `Observation` and gives an action: a function, with or without `async`, or an object with a method `act`.
"""

import asyncio
import inspect
import logging
import random
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from arena.client.errors import ClientError
from arena.client.links import Blocked, Link, Lost, Message, polling, websocket
from arena.client.replies import answer as answer_of

log = logging.getLogger("arena.client")

PROTOCOL = 1
BACK_OFF_S, LONGEST_S = 0.25, 3.0
WELCOME_S = 15.0
AGAIN_S = 0.5
THREADS = 16
"""Turns that a function without `async` thinks about at once."""
REMEMBERED = 1000
"""Answers that are kept: a turn that comes again, after a connection was lost, has the same answer."""

Transport = Literal["auto", "websocket", "poll"]
Tell = Callable[[str, Message], None]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a bot knows when it is its turn.

    As in PettingZoo it may be read like a dictionary: `observation["observation"]` is the view, and
    `observation["action_mask"]` has a 1 for each legal action. An action is one of `legal`, its index there,
    `"resign"`, or, where texts are free, a text; alone, or as `action` beside `said` in an object or a mapping.
    """

    view: str
    legal: list[str]
    game: str
    variant: str
    match: str
    seat: int
    ply: int
    rounds: int
    clock_s: float
    """Seconds for this action, when the arena sent it."""
    attempt: int = 1
    """More than 1 where the last answer, `refused`, was not legal."""
    refused: str | None = None
    rules: str = ""
    """How to play."""

    def __getitem__(self, name: str) -> Any:
        if name == "observation":
            return self.view
        if name == "action_mask":
            return [1] * len(self.legal)
        return getattr(self, name)


FIELDS = frozenset(f.name for f in fields(Observation))


class Bot:
    """Plays as `player`, which is of kind `bot` and belongs to the key's owner.

    Args:
        act: called for every turn, of several matches at once: a function without `async` on threads of its own.
            What it raises is logged, and gives the match up.
        tell: told what happens: `connected`, `lost`, `turn`, `answer`, `over`, `error`, each with its message.
        transport: `auto` takes a WebSocket, and long polls where something on the way forbids it.
    """

    def __init__(
        self, url: str, key: str, player: str, act: Any, *, tell: Tell | None = None, transport: Transport = "auto"
    ) -> None:
        self.url, self.player = url.rstrip("/"), player
        self._key, self._tell, self._transport = key, tell or _nobody, transport
        self._act: Callable[[Observation], Any] = act if callable(act) else act.act
        self._is_async = inspect.iscoroutinefunction(self._act)
        self._threads = ThreadPoolExecutor(THREADS, "bot")
        self._polls = transport == "poll"
        self._link: Link | None = None
        self._welcome = False
        self._thinking: dict[str, asyncio.Task[None]] = {}
        self._answers: OrderedDict[str, Message] = OrderedDict()
        self._rules: OrderedDict[str, str] = OrderedDict()

    def run(self) -> None:
        """Play until interrupted. Raises `ClientError` where the arena refuses for good."""
        asyncio.run(self.play())

    async def play(self) -> None:
        """The same, until cancelled: through lost connections and restarts of the arena."""
        failures = 0
        try:
            while True:
                self._welcome = False
                why = await self._connection()
                failures = 0 if self._welcome else failures + 1
                self._tell("lost", {"why": str(why)})
                self._switch(why)
                await asyncio.sleep(random.uniform(0.5, 1) * min(LONGEST_S, BACK_OFF_S * 2**failures))
        finally:
            for task in self._thinking.values():
                task.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _connection(self) -> Lost:
        """One connection from its beginning to its end; why it ended."""
        why = Lost("it ended")
        try:
            async with self._connect() as self._link:
                if not self._polls:
                    await self._send({"type": "hello", "version": PROTOCOL, "client": "arena.client"})
                await self._listen(self._link)
        except Lost as lost:
            why = lost
        finally:
            self._link = None
        return why

    def _connect(self) -> AbstractAsyncContextManager[Link]:
        how = polling if self._polls else websocket
        return cast(AbstractAsyncContextManager[Link], how(self.url, self._key, self.player))

    def _switch(self, why: Lost) -> None:
        """Where no WebSocket comes through, poll; should polling fail, the other way is tried again."""
        if self._transport == "auto" and (self._polls or isinstance(why, Blocked)):
            self._polls = not self._polls

    async def _listen(self, link: Link) -> None:
        quiet_s = WELCOME_S
        while True:
            try:
                async with asyncio.timeout(quiet_s + WELCOME_S * self._polls):
                    messages = await link.receive()
            except TimeoutError:
                raise (Lost if self._welcome else Blocked)("nothing was heard for too long") from None
            for message in messages:
                if message.get("type") == "welcome":
                    quiet_s = 3 * float(message["heartbeat_s"])
                await self._hear(message)

    async def _hear(self, message: Message) -> None:
        match message.get("type"):
            case "welcome":
                self._welcome = True
                self._tell("connected", {**message, "by": "long polls" if self._polls else "a WebSocket"})
            case "ping":
                await self._send({"type": "pong"})
            case "turn":
                self._turn(message)
            case "over":
                self._rules.pop(message["match"], None)
                self._tell("over", message)
            case "error":
                self._error(message)
            case _:
                pass  # a later version's

    def _turn(self, message: Message) -> None:
        turn: str = message["turn"]
        if turn in self._thinking:
            return
        if turn in self._answers:  # it did not come through, or nobody knows
            self._thinking[turn] = asyncio.create_task(self._give(turn))
        else:
            self._tell("turn", message)
            self._thinking[turn] = asyncio.create_task(self._think(turn, self._observed(message)))

    def _observed(self, message: Message) -> Observation:
        match = message["match"]
        if message.get("rules"):
            self._rules[match] = message["rules"]
            if len(self._rules) > REMEMBERED:
                self._rules.popitem(last=False)
        known: dict[str, Any] = {name: value for name, value in message.items() if name in FIELDS}
        known["rules"] = self._rules.get(match, "")
        return Observation(**known)

    async def _think(self, turn: str, seen: Observation) -> None:
        try:
            answer = answer_of(await self._asked(seen), seen.legal)
        except Exception as error:  # whatever a bot raises gives up its match, and no other
            log.exception("the bot failed in match %s", seen.match)
            # Everybody may read it, and what an exception says may hold an address or a key.
            answer = {"error": f"the bot raised {type(error).__name__}"}
        self._answers[turn] = {"type": "answer", "turn": turn, **answer}
        if len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        self._tell("answer", {**answer, "turn": turn, "match": seen.match, "ply": seen.ply})
        await self._give(turn)

    async def _asked(self, seen: Observation) -> Any:
        if self._is_async:
            return await self._act(seen)
        reply = await asyncio.get_running_loop().run_in_executor(self._threads, self._act, seen)
        return await reply if inspect.isawaitable(reply) else reply

    async def _give(self, turn: str, after_s: float = 0.0) -> None:
        """Send an answer; if it does not come through, the turn comes again, and with it this."""
        try:
            await asyncio.sleep(after_s)
            await self._send(self._answers[turn])
        finally:
            self._thinking.pop(turn, None)

    async def _send(self, message: Message) -> None:
        if self._link is None:
            return
        try:
            for told in await self._link.send(message):
                await self._hear(told)
        except (Lost, ClientError) as error:
            log.debug("not sent: %s", error)  # who receives finds out as well

    def _error(self, message: Message) -> None:
        turn = message.get("turn")
        self._tell("error", message)
        if message["code"] == "server.unreachable" and turn in self._answers and turn not in self._thinking:
            self._thinking[turn] = asyncio.create_task(self._give(turn, AGAIN_S))


def _nobody(what: str, message: Message) -> None:
    pass
