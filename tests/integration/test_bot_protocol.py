"""The gateway's side of the protocol: who may connect, one connection a player, one answer a turn, junk."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import Engine
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.bots import converse, gateway
from arena.core.wire import Stop
from arena.store import keys, players
from arena.stream import presence
from tests.integration.bots import RANDOM, Arena, Entered, hear, say
from tests.integration.server import serving
from tests.patience import until


@pytest.fixture
def arena(engine: Engine, client: Redis, redis_url: str) -> Iterator[Arena]:
    with serving(engine, redis_url) as url:
        yield Arena(engine, client, redis_url, url)


async def refused(url: str, **headers: str) -> tuple[int, str]:
    """The status and the code with which a WebSocket is refused."""
    with pytest.raises(InvalidStatus) as error:
        await connect(f"ws{url.removeprefix('http')}", additional_headers=headers)
    response = error.value.response
    return response.status_code, httpx.Response(200, content=bytes(response.body or b"")).json()["code"]


async def closed(socket: ClientConnection) -> int:
    """The code that a connection is closed with."""
    with suppress(ConnectionClosed):
        while True:
            await hear(socket)
    assert socket.close_code is not None
    return socket.close_code


def test_only_its_owner_connects_a_bot_and_no_page_from_elsewhere(arena: Arena) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob", "read", "train")
    with arena.engine.begin() as connection:
        bobs = keys.add(connection, players.owner(connection, "owner of bob"), ["submit"])
    arena.enter("ada", owner="owner of ada")
    path = f"{arena.url}/api/v1/bots"

    async def scenario() -> None:
        mine = {"Authorization": f"Bearer {ada.key}"}
        assert await refused(f"{path}/ada/connect") == (401, "auth.missing")
        assert await refused(f"{path}/ada/connect", Authorization="Bearer arena_no") == (401, "auth.missing")
        assert await refused(f"{path}/ada/connect", Authorization=f"Bearer {bobs}") == (403, "auth.forbidden")
        assert await refused(f"{path}/bob/connect", Authorization=f"Bearer {bob.key}") == (403, "auth.forbidden")
        assert await refused(f"{path}/nobody/connect", **mine) == (404, "player.unknown")
        assert await refused(f"{path}/ada/connect?key={ada.key}", **mine) == (400, "auth.key_in_address")
        elsewhere = {**mine, "Origin": "https://elsewhere.example"}
        assert await refused(f"{path}/ada/connect", **elsewhere) == (403, "auth.foreign_page")
        here = {**mine, "Origin": arena.url}
        async with connect(f"ws{path.removeprefix('http')}/ada/connect", additional_headers=here):
            pass

    asyncio.run(scenario())
    for method, what in (("GET", "turns"), ("POST", "answers")):
        body = {"answers": [{"turn": "x", "action": "y"}]} if method == "POST" else None
        asked = httpx.request(method, f"{path}/ada/{what}", headers={"Authorization": f"Bearer {bobs}"}, json=body)
        assert (asked.status_code, asked.json()["code"]) == (403, "auth.forbidden")


def test_a_player_of_another_kind_does_not_connect(arena: Arena) -> None:
    ada = arena.enter("ada")
    httpx.post(
        f"{arena.url}/api/v1/players", headers={"Authorization": f"Bearer {ada.key}"},
        json={"name": "dice", "kind": "random"},
    )  # fmt: skip
    path = f"{arena.url}/api/v1/bots/dice/connect"
    assert asyncio.run(refused(path, Authorization=f"Bearer {ada.key}")) == (409, "bot.none")


def test_of_two_connections_the_newer_has_the_turns(arena: Arena) -> None:
    ada = arena.enter("ada")

    async def scenario() -> None:
        older = await ada.connect(arena.url)
        playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, RANDOM))
        turn = await hear(older, "turn")
        newer = await ada.connect(arena.url)
        assert await closed(older) == 4409
        again = await hear(newer, "turn")
        assert again["turn"] == turn["turn"]
        assert again["rules"]
        await answer_all(newer, again, playing)

    asyncio.run(scenario())


async def answer_all(socket: ClientConnection, turn: dict[str, Any], playing: "asyncio.Task[Any]") -> Any:
    """Answer this turn and all that follow, until the match is over."""
    while True:
        await say(socket, type="answer", turn=turn["turn"], action=turn["legal"][0])
        message = await hear(socket, "turn", "over", "error")
        assert message["type"] != "error", message
        if message["type"] == "over":
            return (await playing)[0]
        turn = message


def test_two_processes_of_the_api_serve_the_same_bots(arena: Arena) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob")

    async def scenario(other_url: str) -> None:
        here, there = await ada.connect(arena.url), await bob.connect(other_url)
        playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, bob.seat))
        for _ in range(2):
            for socket in (here, there):
                turn = await hear(socket, "turn")
                await say(socket, type="answer", turn=turn["turn"], action=turn["legal"][0])
        moved = await ada.connect(other_url)
        assert await closed(here) == 4409, "taken over by a connection to another process"
        await say(moved, type="answer", turn=(await hear(moved, "turn"))["turn"], action="resign")
        assert [s.stop for s in (await playing)[0].seats] == [Stop.RESIGNED, Stop.FORFEIT_WIN]

    with serving(arena.engine, arena.redis_url) as other_url:
        asyncio.run(scenario(other_url))


def test_only_one_answer_counts_and_only_the_players_own(arena: Arena) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob")

    async def scenario() -> None:
        mine, theirs = await ada.connect(arena.url), await bob.connect(arena.url)
        playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, bob.seat))
        turn = await hear(mine, "turn")
        chosen, other = turn["legal"][3], turn["legal"][5]
        await say(theirs, type="answer", turn=turn["turn"], action=other)
        assert (await hear(theirs))["code"] == "bot.turn_over"
        await say(mine, type="answer", turn="some:other:turn", action=other)
        told = await hear(mine)
        assert (told["code"], told["turn"]) == ("bot.turn_over", "some:other:turn")
        await say(mine, type="answer", turn=turn["turn"], action=chosen)
        await say(mine, type="answer", turn=turn["turn"], action=other)
        assert (await hear(mine))["code"] == "bot.turn_over"
        reply = await hear(theirs, "turn")
        assert chosen not in reply["legal"]
        await say(theirs, type="answer", turn=reply["turn"], action="resign")
        report = (await playing)[0]
        assert [p.action for p in report.plies] == [chosen]
        await say(theirs, type="answer", turn=reply["turn"], action=other)
        assert (await hear(theirs, "error"))["code"] == "bot.turn_over", "the match is over"

    asyncio.run(scenario())


def test_junk_is_told_and_the_connection_stays_until_it_is_too_much(arena: Arena) -> None:
    ada = arena.enter("ada")
    junk = ["", "{", "[]", "7", '"turn"', '{"type":"dance"}', '{"type":"answer"}', '{"type":"answer","turn":5}',
            '{"type":"answer","turn":"x","action":"' + "y" * 20_000 + '"}', "[" * 50_000]  # fmt: skip

    async def scenario() -> None:
        socket = await ada.connect(arena.url)
        for text in junk:
            await socket.send(text)
            assert (await hear(socket))["code"] == "bot.bad_message", text[:40]
        await socket.send(b"\x00\xff")
        assert (await hear(socket))["code"] == "bot.bad_message"
        await say(socket, type="ping")
        assert await hear(socket) == {"type": "pong"}
        for _ in range(200):
            await socket.send("junk")
        assert await closed(socket) == 4429
        socket = await ada.connect(arena.url)
        await socket.send("x" * 70_000)
        assert await closed(socket) == 1009

    asyncio.run(scenario())


@pytest.mark.parametrize("hello", ['{"type":"hello","version":99}', '{"type":"pong"}', "junk"])
def test_who_does_not_begin_as_the_protocol_says_is_told_and_closed(arena: Arena, hello: str) -> None:
    ada = arena.enter("ada")

    async def scenario() -> None:
        socket = await ada.connect(arena.url, greet=False)
        await socket.send(hello)
        assert (await hear(socket))["code"] == "bot.bad_message"
        assert await closed(socket) == 4406

    asyncio.run(scenario())


def test_who_says_nothing_is_disconnected(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = arena.enter("ada")
    monkeypatch.setattr(converse, "HELLO_S", 0.2)
    assert asyncio.run(_silent(ada, arena, greet=False)) == 4408


async def _silent(ada: Entered, arena: Arena, *, greet: bool) -> int:
    return await closed(await ada.connect(arena.url, greet=greet))


def test_who_answers_no_ping_is_disconnected(
    engine: Engine, client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "HEARTBEAT_S", 0.2)
    monkeypatch.setattr(gateway, "DEAD_S", 0.5)
    with serving(engine, redis_url) as url:
        arena = Arena(engine, client, redis_url, url)
        assert asyncio.run(_silent(arena.enter("ada"), arena, greet=True)) == 4408


def test_a_revoked_key_ends_its_connections(
    engine: Engine, client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "HEARTBEAT_S", 0.2)
    with serving(engine, redis_url) as url:
        arena = Arena(engine, client, redis_url, url)
        ada = arena.enter("ada")

        async def scenario() -> int:
            socket = await ada.connect(url)
            with engine.begin() as connection:
                (key,) = [k for k in keys.listed(connection) if k.owner == "owner of ada"]
                keys.revoke(connection, [key.id])
            return await closed(socket)

        assert asyncio.run(scenario()) == 4401


def test_a_version_submitted_while_its_bot_is_connected_is_played_by_it(
    engine: Engine, client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "HEARTBEAT_S", 0.2)
    with serving(engine, redis_url) as url:
        arena = Arena(engine, client, redis_url, url)
        ada = arena.enter("ada")

        async def scenario() -> None:
            socket = await ada.connect(url)
            newer = arena.enter("ada", owner="owner of ada", view="json")
            assert newer.version_id != ada.version_id
            await asyncio.to_thread(until, "both to be there", lambda: len(presence.present(client)) == 2)
            playing = asyncio.create_task(arena.play("tic_tac_toe", newer.seat, RANDOM))
            turn = await hear(socket, "turn")
            await say(socket, type="answer", turn=turn["turn"], action="resign")
            assert (await playing)[0].seats[0].stop is Stop.RESIGNED
            await socket.close()
            await asyncio.to_thread(until, "nobody to be there", lambda: not presence.present(client))

        asyncio.run(scenario())


def test_a_poll_that_got_lost_is_told_again(arena: Arena) -> None:
    ada = arena.enter("ada")
    path, headers = f"{arena.url}/api/v1/bots/ada", {"Authorization": f"Bearer {ada.key}"}

    async def scenario() -> None:
        async with httpx.AsyncClient(headers=headers, timeout=30) as http:
            begun = (await http.get(f"{path}/turns", params={"wait": 0})).json()
            assert [m["type"] for m in begun["messages"]] == ["welcome"]
            playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, RANDOM))
            got = [
                (await http.get(f"{path}/turns", params={"after": begun["next"]})).json() for _ in range(2)
            ]  # fmt: skip
            assert got[0] == got[1], "the first may have been lost on its way"
            (turn,) = got[0]["messages"]
            given = {"answers": [{"turn": turn["turn"], "action": "resign"}, {"turn": turn["turn"], "action": "x"}]}
            told = (await http.post(f"{path}/answers", json=given)).json()["messages"]
            assert [m["code"] for m in told] == ["bot.turn_over"], "the second answer to the same turn"
            assert (await playing)[0].seats[0].stop is Stop.RESIGNED
            over = (await http.get(f"{path}/turns", params={"after": got[0]["next"]})).json()
            assert [(m["type"], m["stop"]) for m in over["messages"]] == [("over", "resigned")]
            await ada.connect(arena.url)
            late = await http.get(f"{path}/turns", params={"after": over["next"]})
            assert (late.status_code, late.json()["code"]) == (409, "bot.taken_over")
            bad = await http.post(f"{path}/answers", json={"answers": [{"turn": 5}]})
            assert (bad.status_code, bad.json()["code"]) == (422, "bot.bad_message")

    asyncio.run(scenario())


@pytest.mark.parametrize("answer", [
    r'{"turn": "\ud800"}', r'{"turn": "x", "action": "\ud800"}', r'{"turn": "x", "error": "\ud800"}',
    r'{"turn": "x", "action": "y", "said": {"raw": "\udfff"}}',
])  # fmt: skip
def test_what_no_encoding_takes_is_refused(arena: Arena, answer: str) -> None:
    ada = arena.enter("ada")
    headers = {"Authorization": f"Bearer {ada.key}", "Content-Type": "application/json"}
    path = f"{arena.url}/api/v1/bots/ada/answers"
    bad = httpx.post(path, headers=headers, content=f'{{"answers": [{answer}]}}', timeout=10)
    assert (bad.status_code, bad.json()["code"]) == (422, "bot.bad_message")


def test_a_bot_that_polls_is_taken_over_by_another_process_and_gone_once_it_polls_no_more(
    engine: Engine, client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "HEARTBEAT_S", 0.5)
    monkeypatch.setattr(gateway, "DEAD_S", 4.0)
    with serving(engine, redis_url) as here, serving(engine, redis_url) as there:
        ada = Arena(engine, client, redis_url, here).enter("ada")
        headers = {"Authorization": f"Bearer {ada.key}"}

        def polled(url: str, after: str = "") -> httpx.Response:
            asked = {"wait": 0, "after": after}
            return httpx.get(f"{url}/api/v1/bots/ada/turns", params=asked, headers=headers)

        first = polled(here).json()
        until("the bot to be there", lambda: bool(presence.present(client)))
        second = polled(there).json()
        until("the first to be told", lambda: polled(here, first["next"]).status_code == 409)
        assert polled(there, second["next"]).status_code == 200
        until("nobody to be there", lambda: not presence.present(client))


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
