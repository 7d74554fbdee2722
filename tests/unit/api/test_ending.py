import asyncio

from api.ending import end


def test_a_task_that_swallows_a_cancellation_ends_all_the_same() -> None:
    async def stubborn() -> None:
        for _ in range(2):
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue
        await asyncio.sleep(3600)

    async def broken() -> None:
        raise RuntimeError("nobody foresaw this")

    async def run() -> list[bool]:
        tasks = [asyncio.create_task(stubborn()), asyncio.create_task(broken())]
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await end(tasks)
        assert tasks[1].exception() is not None
        return [task.cancelled() for task in tasks]

    assert asyncio.run(run()) == [True, False]
