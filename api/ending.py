"""How the tasks of the API end: for certain."""

import asyncio
from collections.abc import Iterable

AGAIN_S = 0.5


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended. Once is not always enough: a library that is waiting for an answer may take
    a cancellation that comes with it for its own time-out, and go on."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_S)
