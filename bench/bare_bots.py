"""The peer of `bench.players_bots`: bare WebSockets, whose server asks and whose clients answer after a second."""

import asyncio
import multiprocessing
import random
import time
from contextlib import suppress

from websockets.asyncio.client import connect as dial
from websockets.asyncio.server import ServerConnection, serve

from arena.embedded.launch import free_port

THINK_S = 1.0
PROCESSES = 4


def ask_bare(port: int, n: int, seconds: float, out: "multiprocessing.Queue[list[float]]") -> None:
    """A process that asks over bare WebSockets, one turn after the other on each."""
    spent: list[float] = []

    async def main() -> None:
        full = asyncio.Event()
        count = 0

        async def ask(socket: ServerConnection) -> None:
            nonlocal count
            count += 1
            full.set() if count == n else None
            await full.wait()
            await asyncio.sleep(random.random() * THINK_S)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                began = time.perf_counter()
                await socket.send('{"type":"turn"}')
                await socket.recv()
                spent.append((time.perf_counter() - began - THINK_S) * 1000)

        async with serve(ask, "127.0.0.1", port, compression=None, ping_interval=None):
            await full.wait()
            await asyncio.sleep(seconds + 2 * THINK_S)

    asyncio.run(main())
    out.put(spent)


def answer_bare(port: int, n: int) -> None:
    """A process of clients that answer after the same time."""

    async def answer() -> None:
        while True:
            with suppress(OSError):
                async with dial(f"ws://127.0.0.1:{port}", compression=None, ping_interval=None) as socket:
                    async for message in socket:
                        await asyncio.sleep(THINK_S)
                        await socket.send(message)
                return
            await asyncio.sleep(0.2)

    async def main() -> None:
        await asyncio.gather(*(answer() for _ in range(n)), return_exceptions=True)

    asyncio.run(main())


def bare(n: int, seconds: float) -> list[float]:
    """The overheads of as many bare WebSockets."""
    spawn = multiprocessing.get_context("spawn")
    port, out = free_port(), spawn.Queue()
    asking = spawn.Process(target=ask_bare, args=(port, n, seconds, out))
    answering = [spawn.Process(target=answer_bare, args=(port, n // PROCESSES)) for _ in range(PROCESSES)]
    for process in (asking, *answering):
        process.start()
    spent = out.get()
    for process in (asking, *answering):
        process.join()
    return spent
