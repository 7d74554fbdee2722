"""Commands of many tasks in one round trip: whoever waits is answered, whatever the others sent."""

import asyncio

from arena.stream.batched import Batched
from arena.stream.redis import connect_once


def test_a_command_that_cannot_be_sent_is_its_senders_trouble_alone(redis_url: str) -> None:
    async def scenario() -> list[object]:
        client = connect_once(redis_url)
        redis = Batched(client)
        async with asyncio.timeout(10):
            told = await asyncio.gather(
                redis.run(("SET", "a", 1)), redis.run(("HGET", "b", "\ud800")), redis.run(("GET", "a")),
                return_exceptions=True,
            )  # fmt: skip
            told += await redis.run(("GET", "a"))
        await client.aclose()
        return list(told)

    first, wrong, third, later = asyncio.run(scenario())
    assert isinstance(wrong, UnicodeEncodeError)
    assert (first, third, later) == ([True], [b"1"], b"1")
