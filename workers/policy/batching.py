"""One policy for many askers at once: while one batch is answered, the next gathers. Nobody waits for a clock."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

from workers.policy.inference import Position, Scored

ROWS = 256
"""Positions in one batch, at most."""


class Gatherer:
    """Gathers what is asked on one event loop. Equal positions that wait together are asked once.

    Args:
        answer: what answers a batch, such as `Held.score`; in a thread, so that the loop goes on meanwhile.
        thread: that thread, if others have a use for it, too.
    """

    def __init__(
        self, answer: Callable[[Sequence[Position]], list[Scored]], rows: int = ROWS, thread: Executor | None = None
    ) -> None:
        self.passes = self.answered = 0
        self._answer, self._rows = answer, rows
        self._thread = thread or ThreadPoolExecutor(1, thread_name_prefix="policy")
        self._waiting: dict[Position, asyncio.Future[Scored]] = {}
        self._running: asyncio.Task[None] | None = None

    async def score(self, position: Position) -> Scored:
        """What the policy thinks of a position. Raises what its batch raised."""
        found = self._waiting.get(position)
        if found is None:
            found = self._waiting[position] = asyncio.get_running_loop().create_future()
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(found)

    async def _run(self) -> None:
        await asyncio.sleep(0)  # who asks in this turn of the loop shares the first batch
        while self._waiting:
            positions = list(self._waiting)[: self._rows]
            futures = [self._waiting.pop(position) for position in positions]
            self.passes += 1
            self.answered += len(positions)
            try:
                answers = await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, positions)
            except Exception as error:  # it is the askers' to handle
                for future in futures:
                    future.set_exception(error)
                    future.exception()  # its asker may have gone
            else:
                for future, answer in zip(futures, answers, strict=True):
                    future.set_result(answer)
