"""Bots that play: over WebSockets and long polls, several matches at once, rated and settled, with signed receipts."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import Engine

from arena.core.wire import MatchReport, Stop
from tests.integration.bots import Entered, first, orders, play, running, until
from tests.integration.server import serving


@dataclass
class Arena:
    """The API and what is behind it."""

    engine: Engine
    redis: Redis
    redis_url: str
    url: str

    def enter(self, name: str, *scopes: str, **more: Any) -> Entered:
        return Entered(self.engine, name, *scopes, **more)

    async def play(self, game: str, *seats: Any, **more: Any) -> list[MatchReport]:
        return await play(self.redis, self.redis_url, orders(game, *seats, **more))


@pytest.fixture
def arena(engine: Engine, client: Redis, redis_url: str) -> Iterator[Arena]:
    with serving(engine, redis_url) as url:
        yield Arena(engine, client, redis_url, url)


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
