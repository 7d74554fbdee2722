"""Bots that play: over WebSockets and long polls, several matches at once, rated and settled, with signed receipts."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from redis import Redis
from sqlalchemy import Engine
from starlette.types import ASGIApp, Receive, Scope, Send

from arena.client import ClientError, Observation
from arena.core.bots import RAW_KEPT
from arena.core.brief import kept
from arena.core.receipts import action_hash, key_id, verify
from arena.core.wire import MatchOrder, MatchReport, SeatOrder, Stop
from arena.flow.settle import Settler
from arena.store import matches, queue
from arena.stream import presence
from arena.stream.results import RedisResults
from tests.integration.bots import RANDOM, Arena, first, hear, play, running, say, until
from tests.integration.server import serving
from tests.play import BUDGET
from tests.play import order as enqueue


@pytest.mark.parametrize("transport", ["websocket", "poll"])
def test_two_bots_play_many_matches_at_once(arena: Arena, transport: Any) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob")
    told: list[str] = []

    async def scenario() -> list[MatchReport]:
        async with running(
            ada.bot(arena.url, first, tell=lambda what, _: told.append(what), transport=transport),
            bob.bot(arena.url, first, transport=transport),
        ):
            reports = await arena.play("tic_tac_toe", ada.seat, bob.seat, n=8)
            await until("all ends to be told", lambda: told.count("over") == 8)
            return reports

    for report in asyncio.run(scenario()):
        assert {s.stop for s in report.seats} <= {Stop.WIN, Stop.LOSS, Stop.DRAW}
        assert all(p.action == p.legal[0] and not p.rejected for p in report.plies)
    assert "error" not in told


def test_a_rated_match_of_two_bots_is_settled_with_receipts_that_verify(arena: Arena) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob")
    match_id = enqueue(arena.engine, "kuhn_poker", [UUID(ada.version_id), UUID(bob.version_id)])
    with arena.engine.begin() as connection:
        (leased,) = queue.lease(connection, "host", 1, lease_s=60, attempts=5)
    seats = [SeatOrder(str(seat), "bot", {}, "bot") for seat in leased.seats]
    given = {name: getattr(leased, name) for name in ("game", "variant", "rounds", "opening_plies", "view", "seed")}
    order = MatchOrder(
        match_id=str(match_id), fence=leased.fence, seats=seats, ply_clock_ms=10_000, match_clock_ms=300_000,
        illegal_budget=BUDGET, **given,
    )  # fmt: skip

    async def scenario() -> None:
        async with running(ada.bot(arena.url, first), bob.bot(arena.url, first)):
            await play(arena.redis, arena.redis_url, [order])

    asyncio.run(scenario())
    assert Settler(arena.engine, RedisResults(arena.redis), 256).once(0).accepted == 1
    with arena.engine.connect() as connection:
        settled = matches.one(connection, match_id)
    assert settled is not None
    assert set(settled["stops"]) <= {"win", "loss", "draw"}
    plies = httpx.get(f"{arena.url}/api/v1/matches/{match_id}").json()["transcript"]["plies"]
    (key,) = httpx.get(f"{arena.url}/api/v1/receipts/keys").json()["keys"]
    public = base64.urlsafe_b64decode(key["x"] + "=")
    assert len(plies) > 100
    for number, ply in enumerate(plies):
        assert key_id(ply["said"]["receipt"]) == key["kid"]
        told = verify(ply["said"]["receipt"], public)
        assert (told.match, told.ply, told.seat) == (str(match_id), number, ply["seat"])
        assert told.version == str(leased.seats[ply["seat"]])
        assert told.action == action_hash(ply["action"])
        assert told.asked <= told.sent <= told.received
        assert (told.received - told.asked) * 1000 <= ply["ms"] + 1


def test_a_bot_is_told_all_that_it_needs_and_may_answer_as_it_likes(arena: Arena) -> None:
    """By index, with words behind an action, wrongly at first; rules come once a match; a view of its own."""
    ada = arena.enter("ada", view="json")
    seat = SeatOrder(ada.version_id, "bot", {"view": "json"}, "ada")
    seen: list[Observation] = []
    wrote = "hm, " * 5_000

    def act(observation: Observation) -> Any:
        seen.append(observation)
        json.loads(observation["observation"])
        if observation.attempt == 1:
            return "nonsense" if observation.ply else SimpleNamespace(
                action=observation.legal[0], said=SimpleNamespace(raw=wrote, prompt_tokens=3, completion_tokens=4)
            )  # fmt: skip
        assert observation.refused == "nonsense"
        return observation["action_mask"].index(1)

    async def scenario() -> MatchReport:
        async with running(ada.bot(arena.url, SimpleNamespace(act=act))):
            return (await arena.play("tic_tac_toe", seat, RANDOM, illegal_budget=9))[0]

    report = asyncio.run(scenario())
    assert report.seats[0].stop in (Stop.WIN, Stop.LOSS, Stop.DRAW)
    said = report.plies[0].said
    assert said is not None
    assert (said.raw, said.prompt_tokens, said.completion_tokens) == (kept(wrote, RAW_KEPT), 3, 4)
    assert [r.reply for p in report.plies[1:] for r in p.rejected] == ["nonsense"] * report.seats[0].illegal
    assert all("three" in observation.rules for observation in seen)
    assert all(0 < observation.clock_s <= 10 for observation in seen)


def test_a_bot_that_raises_gives_up_that_match_alone(arena: Arena) -> None:
    ada = arena.enter("ada")
    given_up: set[str] = set()

    async def act(observation: Observation) -> str:
        if not given_up or observation.match in given_up:
            given_up.add(observation.match)
            raise ValueError("no idea")
        return first(observation)

    async def scenario() -> list[MatchReport]:
        async with running(ada.bot(arena.url, act)):
            return await arena.play("tic_tac_toe", ada.seat, RANDOM, n=4)

    reports = asyncio.run(scenario())
    assert [r.seats[0].stop for r in reports].count(Stop.AGENT_FAULT) == 1
    (failed,) = [r for r in reports if r.match_id in given_up]
    assert failed.final is not None
    assert failed.final.reply == "the bot raised ValueError"


def test_where_no_websocket_comes_through_a_bot_polls(engine: Engine, client: Redis, redis_url: str) -> None:
    def proxy(app: ASGIApp) -> ASGIApp:
        async def without_websockets(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.http.response.start", "status": 502, "headers": []})
                await send({"type": "websocket.http.response.body", "body": b"<html>bad gateway</html>"})
                return
            await app(scope, receive, send)

        return without_websockets

    with serving(engine, redis_url, proxy) as url:
        arena = Arena(engine, client, redis_url, url)
        ada = arena.enter("ada")
        by: list[str] = []

        async def scenario() -> MatchReport:
            def tell(what: str, message: dict[str, Any]) -> None:
                by.append(message["by"]) if what == "connected" else None

            async with running(ada.bot(url, first, tell=tell)):
                return (await arena.play("tic_tac_toe", ada.seat, RANDOM))[0]

        assert asyncio.run(scenario()).seats[0].stop in (Stop.WIN, Stop.LOSS, Stop.DRAW)
        assert set(by) == {"long polls"}


def test_who_is_connected_is_known_while_it_is(arena: Arena) -> None:
    ada = arena.enter("ada")

    async def scenario() -> None:
        async with running(ada.bot(arena.url, first)):
            await until("ada to be present", lambda: presence.present(arena.redis) == {UUID(ada.version_id)})
        await until("ada to be gone", lambda: presence.present(arena.redis) == set())

    asyncio.run(scenario())


def test_metrics_count_bots_and_their_turns(arena: Arena) -> None:
    ada = arena.enter("ada")

    async def scenario() -> None:
        socket = await ada.connect(arena.url)
        playing = asyncio.create_task(arena.play("tic_tac_toe", ada.seat, RANDOM))
        turn = await hear(socket, "turn")
        for _ in range(2):
            await say(socket, type="answer", turn=turn["turn"], action=turn["legal"][0])
        while (message := await hear(socket, "turn", "error"))["type"] == "turn":
            turn = message
        assert message["code"] == "bot.turn_over"
        turn = await hear(socket, "turn") if message["turn"] == turn["turn"] else turn
        assert await asyncio.to_thread(counted) == [1, 2, 1, 1]
        await say(socket, type="answer", turn=turn["turn"], action="resign")
        await playing
        await socket.close()
        await until("ada to be gone", lambda: counted()[0] == 0)

    def counted() -> list[float]:
        turns = [f'arena_bot_turns_total{{outcome="{outcome}"}}' for outcome in ("asked", "answered", "late")]
        told = dict(line.rsplit(" ", 1) for line in httpx.get(f"{arena.url}/metrics", timeout=30).text.splitlines())
        return [float(told[name]) for name in ("arena_bots_connected", *turns)]

    asyncio.run(scenario())


def test_a_bot_that_the_arena_refuses_ends_with_the_reason(arena: Arena) -> None:
    ada, bob = arena.enter("ada"), arena.enter("bob")
    bob.name = "ada"
    for transport in ("websocket", "poll"):
        with pytest.raises(ClientError) as refused:
            bob.bot(arena.url, first, transport=transport).run()
        assert (refused.value.code, refused.value.status) == ("auth.forbidden", 403)
    assert ada.name == "ada"


PROGRAM = """
import sys, time
from arena.client import Bot
def act(seen):
    print(seen.ply, flush=True)
    time.sleep(0.3)
    return seen.legal[-1]
Bot(*sys.argv[1:4], act).run()
"""


def test_a_bot_killed_in_the_middle_of_a_match_comes_back_and_finishes(arena: Arena) -> None:
    ada = arena.enter("ada")

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM, arena.url, ada.key, "ada"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    async def scenario() -> tuple[MatchReport, str, str]:
        bot = start()
        assert bot.stdout is not None
        playing = asyncio.create_task(arena.play("connect_four", ada.seat, RANDOM, ply_clock_ms=30_000))
        try:
            for _ in range(2):
                killed_at = await asyncio.to_thread(bot.stdout.readline)
            os.kill(bot.pid, signal.SIGKILL)
            bot.wait()
            bot = start()
            assert bot.stdout is not None
            back_at = await asyncio.to_thread(bot.stdout.readline)
            return (await playing)[0], killed_at, back_at
        finally:
            bot.kill()
            bot.wait()

    report, killed_at, back_at = asyncio.run(scenario())
    assert killed_at == back_at, "the turn that it was killed in came again"
    assert {s.stop for s in report.seats} <= {Stop.WIN, Stop.LOSS, Stop.DRAW}
    assert all(p.action == p.legal[-1] for p in report.plies if p.seat == 0)
    assert max(p.ms for p in report.plies) > 300, "its clock went on while it was away"
