"""A match host's turns in Redis: answers leave it once read, a hiccup is no excuse for ever, one clock for all."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis import Redis
from redis.asyncio.client import PubSub

from api.bots.line import Line, Who
from arena.core.agents import Failed
from arena.core.bots import YourTurn
from arena.core.errors import OwnFault
from arena.core.ids import new_id
from arena.core.wire import Said, Stop
from arena.stream import asking, clock, turns
from arena.stream.asking import Desk
from arena.stream.batched import Batched
from arena.stream.clock import Clock
from arena.stream.redis import connect_once
from arena.stream.turns import GATEWAYS, Asked, Given
from tests.integration.bots import until

BOT = "version"


def turn(name: str, clock_s: float = 20.0) -> YourTurn:
    return YourTurn(
        turn=name, match="m", game="hex", variant="standard", rounds=1, seat=0, ply=0, view="", legal=[],
        clock_s=clock_s,
    )  # fmt: skip


@asynccontextmanager
async def listening(redis_url: str, *, bot: bool = True) -> AsyncIterator[tuple[Batched, PubSub]]:
    """Redis as a gateway has it, which listens, for a bot too if there is one."""
    client = connect_once(redis_url)
    pubsub = client.pubsub()
    await pubsub.subscribe(GATEWAYS, *([turns.channel(BOT)] if bot else []))
    try:
        yield Batched(client), pubsub
    finally:
        await pubsub.aclose()
        await client.aclose()


async def waits(redis: Batched, name: str) -> Asked:
    """The turn, once it waits."""
    found: list[Asked] = []

    async def there() -> bool:
        found.extend(asked for asked in await turns.waiting(redis, [BOT]) if asked.turn.turn == name)
        return bool(found)

    await until("the turn to wait", there)
    return found[0]


def test_answers_that_were_read_leave_redis(client: Redis, redis_url: str) -> None:
    async def scenario() -> None:
        desk = Desk(redis_url)
        async with listening(redis_url) as (redis, _):
            asked = [asyncio.create_task(desk.ask(BOT, 1, turn(f"t{n}"))) for n in range(30)]
            for n in range(30):
                assert await turns.take(redis, await waits(redis, f"t{n}"), Given(f"t{n}", "x" * 10_000, Said()))
            await asyncio.gather(*asked)
            await until("the inbox to be empty", lambda: not client.xlen(desk.inbox))
        await desk.close()

    asyncio.run(scenario())


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "GRACE_S", 0.5)
    monkeypatch.setattr(asking, "WATCH_S", 0.05)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("bot", "clock_s", "ending"), [(True, 3.0, "timeout"), (True, 1.0, "void"), (False, 3.0, "abandoned")]
)
def test_an_outage_excuses_silence_only_where_little_of_the_clock_is_left(
    redis_url: str, bot: bool, clock_s: float, ending: str
) -> None:
    async def scenario() -> str:
        desk = Desk(redis_url)
        async with listening(redis_url, bot=bot) as (redis, _):
            began = time.monotonic()
            asked = asyncio.create_task(desk.ask(BOT, 1, turn("t", clock_s)))
            await waits(redis, "t")
            await until("little of a short clock to be left", lambda: clock_s > 1 or time.monotonic() - began > 0.6)
            desk._spoil("as when a read fails")
            try:
                async with asyncio.timeout(clock_s - (time.monotonic() - began)):
                    answer = await asked
            except TimeoutError:
                return "timeout"
            except OwnFault:
                return "void"
            finally:
                await desk.close()
        assert isinstance(answer, Failed)
        assert answer.stop is Stop.ABANDONED
        return "abandoned"

    assert asyncio.run(scenario()) == ending


def test_a_turn_that_redis_lost_is_put_again(client: Redis, redis_url: str) -> None:
    async def scenario() -> None:
        desk = Desk(redis_url)
        async with listening(redis_url) as (redis, _):
            asked = asyncio.create_task(desk.ask(BOT, 1, turn("t")))
            await waits(redis, "t")
            client.flushall()
            desk._spoil("as when a read fails")
            assert await turns.take(redis, await waits(redis, "t"), Given("t", "a1", Said()))
            assert (await asked) == Given("t", "a1", Said())
        await desk.close()

    asyncio.run(scenario())


def test_a_turn_that_cannot_be_read_holds_up_no_other(client: Redis, redis_url: str) -> None:
    client.hset(f"turns:{BOT}", "bad", b"\xc1 junk")

    async def scenario() -> None:
        async with listening(redis_url) as (redis, _):
            good = Asked(BOT, 1, "inbox", 0, time.time() + 60, turn("good"))
            await turns.put(redis, good)
            assert await turns.find(redis, [BOT], "bad") is None
            assert await turns.waiting(redis, [BOT, "another"]) == [good]

    asyncio.run(scenario())
    assert client.hkeys(f"turns:{BOT}") == [b"good"]


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0])
def test_whose_wall_clock_is_wrong_plays_all_the_same(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, wrong_s: float
) -> None:
    """Host and gateway go by the clock of Redis."""
    right = time.time

    async def scenario() -> None:
        desk = Desk(redis_url)
        async with listening(redis_url) as (redis, _):
            asking_it = asyncio.create_task(desk.ask(BOT, 1, turn("t")))
            asked = await waits(redis, "t")
            assert abs(asked.at - right()) < 5
            here, line = Clock(), Line(Who("ada", (BOT,), new_id()))
            await here.keep(redis)
            line.hand(asked, here.now())
            assert 10 < float(line.waiting.get_nowait().partition('"clock_s":')[2].partition(",")[0]) <= 20  # type: ignore[union-attr]
            line.forget(here.now())
            assert "t" in line.turns
            asking_it.cancel()
        await desk.close()

    with monkeypatch.context() as patch:
        patch.setattr(clock.time, "time", lambda: right() + wrong_s)
        asyncio.run(scenario())
