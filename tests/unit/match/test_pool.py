"""What a pool says when a host does not answer: whether it never began, for want of room, or has fallen silent."""

import asyncio
from typing import Any, cast

import pytest

from arena.core.errors import ServerFailed
from arena.core.settings import Settings
from arena.core.wire import MatchOrder
from workers.match import pool
from workers.match.host import Exchange
from workers.match.pool import Pool

ORDER = MatchOrder(
    match_id="00000000-0000-0000-0000-000000000001", fence=1, game="tic_tac_toe", variant="base", rounds=1,
    opening_plies=0, view="text", seed=1, seats=[], ply_clock_ms=1, match_clock_ms=1, illegal_budget=1,
)  # fmt: skip


class Actor:
    """Answers so many exchanges, then never again."""

    def __init__(self, answers: int) -> None:
        self.exchange, self._answers = self, answers

    def remote(self, *_: object) -> "asyncio.Future[Exchange]":
        answer: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        if self._answers:
            self._answers -= 1
            answer.set_result(Exchange([]))
        return answer


async def rounds(answers: int) -> None:
    driven = Pool(Settings(hosts=3, host_cpus=1.5), cast(Any, None), cast(Any, None), "redis://nowhere")
    driven._lease = lambda host: [ORDER]
    host = pool._Hosted("1/1", cast(Any, Actor(answers)))
    while True:
        await driven._round(host)


@pytest.mark.parametrize(
    ("answers", "what", "todo"),
    [
        (0, "asks Ray for 1.5 CPUs for each of 3 hosts", "lower ARENA_HOSTS or ARENA_HOST_CPUS"),
        (2, "has not answered for", "see whether Ray still runs"),
    ],
)
def test_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, answers: int, what: str, todo: str) -> None:
    monkeypatch.setattr(pool, "SILENT_S", 0.05)
    with pytest.raises(ServerFailed) as error:
        asyncio.run(rounds(answers))
    assert what in error.value.what
    assert todo in error.value.todo
