"""Ids on the lines that real parts log: a report that is refused, a request through a real server."""

import logging
from collections.abc import Iterator

import httpx
import pytest
from msgspec.structs import replace
from redis import Redis
from sqlalchemy import Engine

from arena.core.logs import current
from tests.integration.ladder import Ladder, played
from tests.integration.server import serving


class Spy(logging.Handler):
    """Keeps what was logged and the ids it was logged under."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, str, str | None, str | None]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append((record.name, record.getMessage(), current("match_id"), current("request_id")))


@pytest.fixture
def spy() -> Iterator[Spy]:
    spy = Spy()
    log = logging.getLogger("arena")
    log.addHandler(spy)
    log.setLevel(logging.INFO)
    yield spy
    log.removeHandler(spy)
    log.setLevel(logging.NOTSET)


def test_a_refused_result_is_told_with_its_match(engine: Engine, spy: Spy) -> None:
    ladder = Ladder(engine)
    ladder.queue(3)
    good, forged, late = played(ladder.lease())
    ladder.settle([good, replace(forged, game_hash=b"x" * 32), replace(late, fence=late.fence + 1)])
    told = {match: line for name, line, match, _ in spy.told if name == "arena.settle"}
    assert told.keys() == {forged.match_id, late.match_id}
    assert "stale_fence" in told[late.match_id]


def test_a_request_through_a_real_server(engine: Engine, client: Redis, redis_url: str, spy: Spy) -> None:
    with serving(engine, redis_url) as url:
        header = {"X-Request-ID": "mine-1", "Authorization": "Bearer none"}
        answer = httpx.post(f"{url}/api/v1/players", json={}, headers=header)
        assert answer.headers["x-request-id"] == answer.json()["request_id"] == "mine-1"
        with httpx.stream("GET", f"{url}/api/v1/feed", headers={"X-Request-ID": "mine-2"}) as feed:
            assert feed.headers["x-request-id"] == "mine-2"
            assert next(feed.iter_lines())  # at once: nothing stands between the feed and its clients
    told = [line for _, line, _, request in spy.told if request == "mine-1"]
    assert any(f"POST /api/v1/players {answer.status_code}" in line for line in told)
