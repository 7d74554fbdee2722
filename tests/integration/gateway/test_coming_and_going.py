"""A law: however a bot comes and goes, each ply has exactly one answer, the first."""

import asyncio
import json
from contextlib import suppress
from itertools import cycle
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection

from tests.integration.bots import RANDOM, Arena, Entered, hear, say
from tests.integration.server import serving


class Coming:
    """A bot that comes and goes as it is told, between two processes of the API. `counted` are the first answers."""

    def __init__(self, ada: Entered, urls: tuple[str, str]) -> None:
        self._ada, self._urls = ada, urls
        self._socket: ClientConnection | None = None
        self._seen: list[dict[str, Any]] = []
        self.counted: dict[str, str] = {}

    async def connect(self, process: int = 0, *, drop: bool = False) -> None:
        if drop and self._socket is not None:
            await self._socket.close()
        self._socket, self._seen = await self._ada.connect(self._urls[process]), []

    async def answer(self, turn: str, action: str) -> None:
        assert self._socket is not None
        await say(self._socket, type="answer", turn=turn, action=action)
        await say(self._socket, type="ping")
        while (message := await hear(self._socket))["type"] != "pong":  # what was said before is dealt with by then
            self._seen.append(message)
        self.counted.setdefault(turn, action)

    async def post(self, turn: str, action: str) -> None:
        headers = {"Authorization": f"Bearer {self._ada.key}"}
        async with httpx.AsyncClient(headers=headers, timeout=30) as http:
            body = {"answers": [{"turn": turn, "action": action}]}
            await http.post(f"{self._urls[1]}/api/v1/bots/{self._ada.name}/answers", json=body)
        self.counted.setdefault(turn, action)

    async def turn(self, playing: "asyncio.Task[Any]") -> dict[str, Any] | None:
        """The next turn that has no answer, or None once the match is over."""
        assert self._socket is not None
        while not playing.done():
            message = self._seen.pop(0) if self._seen else None
            if message is None:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.05):
                        message = json.loads(await self._socket.recv())
            if message and message["type"] == "turn" and message["turn"] not in self.counted:
                return message
        return None

    async def do(self, step: str, turn: str, action: str) -> None:
        match step:
            case "answer":
                await self.answer(turn, action)
            case "post":
                await self.post(turn, action)
            case "wrong":
                await self.answer(f"{turn}0", action)
                del self.counted[f"{turn}0"]
            case "drop":
                await self.connect(drop=True)
            case "take over":
                await self.connect()
            case _:
                await self.connect(1)


STEPS = st.lists(st.sampled_from(["answer", "post", "wrong", "drop", "take over", "other process"]), max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(STEPS, min_size=5, max_size=5))
def test_however_a_bot_comes_and_goes_each_ply_has_exactly_one_answer(arena: Arena, plan: list[list[str]]) -> None:
    """Connections dropped, taken over, moved to another process or to polls, answers repeated: the first one counts."""
    ada = arena.enter(f"bot-{arena.redis.incr('names')}")

    async def scenario(urls: tuple[str, str]) -> None:
        bot = Coming(ada, urls)
        await bot.connect()
        playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, RANDOM))
        for steps in plan:
            if (turn := await bot.turn(playing)) is None:
                break
            choices = cycle(turn["legal"])
            for step in [*steps, "answer"]:
                await bot.do(step, turn["turn"], next(choices))
        report = (await playing)[0]
        assert [p.action for p in report.plies if p.seat == 0] == [*bot.counted.values()]
        assert not any(p.rejected for p in report.plies)

    with serving(arena.engine, arena.redis_url) as other:
        asyncio.run(scenario((arena.url, other)))
