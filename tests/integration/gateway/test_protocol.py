"""The gateway's side of the protocol: who may connect, one connection a player, one answer a turn, junk."""

import asyncio
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from arena.core.wire import Stop
from tests.integration.accounts import key_for
from tests.integration.bots import RANDOM, Arena, closed, hear, say
from tests.integration.server import serving


async def refused(url: str, **headers: str) -> tuple[int, str]:
    """The status and the code with which a WebSocket is refused."""
    with pytest.raises(InvalidStatus) as error:
        await connect(f"ws{url.removeprefix('http')}", additional_headers=headers)
    response = error.value.response
    return response.status_code, httpx.Response(200, content=bytes(response.body or b"")).json()["code"]


def test_only_its_owner_connects_a_bot_and_no_page_from_elsewhere(arena: Arena) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob", "read", "train")
    bobs = key_for(arena.engine, "owner of bob", "submit")
    arena.enter("ada", owner="owner of ada")
    path = f"{arena.url}/api/v1/bots"

    async def scenario() -> None:
        mine = {"Authorization": f"Bearer {ada.key}"}
        assert await refused(f"{path}/ada/connect") == (401, "auth.missing")
        assert await refused(f"{path}/ada/connect", Authorization="Bearer arena_no") == (401, "auth.missing")
        assert await refused(f"{path}/ada/connect", Authorization=f"Bearer {bobs}") == (403, "auth.forbidden")
        assert await refused(f"{path}/bob/connect", Authorization=f"Bearer {bob.key}") == (403, "auth.forbidden")
        assert await refused(f"{path}/nobody/connect", **mine) == (404, "player.unknown")
        assert await refused(f"{path}/ada/nowhere", **mine) == (404, "route.unknown")
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
