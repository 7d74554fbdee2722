"""`/metrics` as Prometheus reads it, on a ladder with something in every state."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families as families
from redis import Redis
from sqlalchemy import Engine

from api.checkup.figures import METRICS
from arena.core.wire import MatchOrder, SeatOrder
from arena.stream.redis import RESULTS
from tests.endpoint import endpoint, player
from tests.integration.ladder import Ladder, played
from tests.integration.server import serving, until
from tests.tables import order_for
from workers.endpoint import tally
from workers.endpoint.reach import allow
from workers.match.host import Host


def scraped(url: str) -> dict[str, float]:
    answer = httpx.get(f"{url}/metrics", timeout=10)
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        s.name + "".join(f",{v}" for v in s.labels.values()): s.value for f in families(answer.text) for s in f.samples
    }


def test_every_figure_tells_what_is_there(engine: Engine, client: Redis, redis_url: str) -> None:
    ladder = Ladder(engine)
    ladder.queue(9)
    orders = ladder.lease(6)
    ladder.settle([*played(orders[:4]), b"junk"])
    client.xadd(RESULTS, {"report": b"waits"})
    with serving(engine, redis_url) as url:
        now = scraped(url)
        with httpx.stream("GET", f"{url}/api/v1/feed") as feed:
            lines = feed.iter_lines()
            assert next(lines)
            until("the client to be counted", lambda: scraped(url)["arena_sse_clients"] == 1)
    assert now["arena_queue_depth,queued"] == 3
    assert now["arena_queue_depth,leased"] == now["arena_leases,host"] == 2
    assert now["arena_queue_depth,dead"] == 0
    assert 0 <= now["arena_queue_oldest_seconds,queued"] < 60
    assert now["arena_host_busy_share,host"] == 2 / 128
    assert now["arena_settled_per_second"] == 4 / 60
    assert 0 <= now["arena_settle_lag_seconds"] < 60
    assert now["arena_results_refused,result.unreadable"] == 1
    assert now["arena_results_backlog"] == 1
    assert now["arena_feed_untold"] >= 4
    assert now["arena_sse_clients"] == 0


@pytest.fixture
def _host() -> Iterator[None]:
    """This process as that of a host which may ask loopback, and has asked nobody yet."""
    allow("127.0.0.0/8")
    tally.take()
    yield
    allow(None)


@pytest.mark.usefixtures("_host")
def test_requests_to_endpoints_are_counted_by_their_outcome(engine: Engine, client: Redis, redis_url: str) -> None:
    """By the hosts, all of them together, until Redis is empty; nothing is told where nothing was asked."""

    async def play(order: MatchOrder) -> None:
        host = Host("h", redis_url)
        done = await host.exchange(msgspec.msgpack.encode([order]), 20)
        assert len(done.finished) == 1
        while host._tasks:
            await asyncio.wait(host._tasks)

    with serving(engine, redis_url) as url, endpoint() as server:
        assert not [name for name in scraped(url) if name.startswith("arena_endpoint")]
        seats = [player(server, "failing@1"), SeatOrder("v2", "random", {}, "random")]
        for seed in range(2):
            asyncio.run(play(order_for("tic_tac_toe", seed=seed, rated=False, seats=seats)))
        asked = len(server.asked)
        until("it to be told", lambda: scraped(url).get("arena_endpoint_requests_total,answered") == asked - 1)
        now = scraped(url)
    assert now["arena_endpoint_requests_total,failing"] == 1
    assert now["arena_endpoint_seconds_total"] > 0
    assert now["arena_endpoint_tokens_total,prompt"] > now["arena_endpoint_tokens_total,completion"] > 0


def test_every_figure_is_documented_and_no_other() -> None:
    page = Path("docs/operation.md").read_text()
    assert set(re.findall(r"^\| `(arena_\w+)`", page, re.MULTILINE)) == {m.name for m in METRICS}
