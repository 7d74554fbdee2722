"""Commands to Redis from many tasks at once, in as few round trips as there are: those that wait go together."""

import asyncio
from typing import Any

import redis.asyncio as aio
from redis.exceptions import RedisError

Command = tuple[Any, ...]
Waiting = tuple[tuple[Command, ...], "asyncio.Future[list[Any]]"]
SILENT = (RedisError, OSError, TimeoutError)
"""What `run` raises while Redis is away, or refuses a command."""
ANSWER_S = 5.0


class Batched:
    """One connection for any number of tasks of one event loop."""

    def __init__(self, client: aio.Redis) -> None:
        self._client = client
        self._waiting: list[Waiting] = []
        self._flushing: asyncio.Task[None] | None = None

    async def run(self, *commands: Command) -> list[Any]:
        """The replies to some commands, executed in this order.

        Raises one of `SILENT`, or what is wrong with the commands themselves where they cannot be sent at all.
        """
        future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, future))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await future

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._serve(batch)
            except SILENT as error:
                _fail(batch, error)
            except Exception:  # one's commands cannot be written down, and nothing was sent: the others go without it
                for one in batch:
                    try:
                        await self._serve([one])
                    except Exception as error:  # whatever it is, whoever waits must hear of it
                        _fail([one], error)

    async def _serve(self, batch: list[Waiting]) -> None:
        """Send what some wait for, and give each of them its replies."""
        replies = await self._send([command for commands, _ in batch for command in commands])
        for commands, future in batch:
            mine, replies = replies[: len(commands)], replies[len(commands) :]
            if future.done():
                continue
            wrong = next((reply for reply in mine if isinstance(reply, Exception)), None)
            future.set_exception(wrong) if wrong else future.set_result(mine)

    async def _send(self, commands: list[Command]) -> list[Any]:
        async with asyncio.timeout(ANSWER_S):
            async with self._client.pipeline(transaction=False) as pipe:
                for command in commands:
                    pipe.execute_command(*command)
                return await pipe.execute(raise_on_error=False)


def _fail(batch: list[Waiting], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
