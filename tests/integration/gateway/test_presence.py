"""Who counts as connected: a bot that falls silent, loses its key, gets a newer version, or goes to another process."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from redis import Redis
from sqlalchemy import Engine

from api.bots import converse, gateway
from arena.core.wire import Stop
from arena.store import keys
from arena.stream import presence
from tests.integration.bots import RANDOM, Arena, Entered, closed, hear, say
from tests.integration.server import serving
from tests.patience import until


@pytest.fixture
def quick(engine: Engine, client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arena]:
    """An arena whose gateway looks after its bots five times a second."""
    monkeypatch.setattr(gateway, "HEARTBEAT_S", 0.2)
    with serving(engine, redis_url) as url:
        yield Arena(engine, client, redis_url, url)


def test_who_says_nothing_is_disconnected(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = arena.enter("ada")
    monkeypatch.setattr(converse, "HELLO_S", 0.2)
    assert asyncio.run(_silent(ada, arena, greet=False)) == 4408


async def _silent(ada: Entered, arena: Arena, *, greet: bool) -> int:
    return await closed(await ada.connect(arena.url, greet=greet))


def test_who_answers_no_ping_is_disconnected(quick: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "DEAD_S", 0.5)
    assert asyncio.run(_silent(quick.enter("ada"), quick, greet=True)) == 4408


def test_a_revoked_key_ends_its_connections(quick: Arena) -> None:
    ada = quick.enter("ada")

    async def scenario() -> int:
        socket = await ada.connect(quick.url)
        with quick.engine.begin() as connection:
            (key,) = [k for k in keys.listed(connection) if k.owner == "owner of ada"]
            keys.revoke(connection, [key.id])
        return await closed(socket)

    assert asyncio.run(scenario()) == 4401


def test_a_version_submitted_while_its_bot_is_connected_is_played_by_it(quick: Arena, client: Redis) -> None:
    ada = quick.enter("ada")

    async def scenario() -> None:
        socket = await ada.connect(quick.url)
        newer = quick.enter("ada", owner="owner of ada", view="json")
        assert newer.version_id != ada.version_id
        await asyncio.to_thread(until, "both to be there", lambda: len(presence.present(client)) == 2)
        playing = asyncio.create_task(quick.play("tic_tac_toe", newer.seat, RANDOM))
        turn = await hear(socket, "turn")
        await say(socket, type="answer", turn=turn["turn"], action="resign")
        assert (await playing)[0].seats[0].stop is Stop.RESIGNED
        await socket.close()
        await asyncio.to_thread(until, "nobody to be there", lambda: not presence.present(client))

    asyncio.run(scenario())


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
