"""HEAD, through a real server: the headers of GET, the same tags, and no more work than there is to tell those."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine

from api import exports
from tests.integration.server import serving
from tests.play import enter, order, settle

OWN = {"date", "x-request-id"}


@pytest.fixture
def http(engine: Engine, redis_url: str) -> Iterator[httpx.Client]:
    seats = enter(engine, "first", "second")
    for _ in range(3):
        order(engine, "kuhn_poker", seats)
    settle(engine, None)
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, timeout=30) as http:
        yield http


def headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OWN}


@pytest.mark.parametrize(
    "path",
    [
        "/", "/healthz", "/readyz", "/openapi.json", "/static/arena.css", "/api/v1/games", "/api/v1/matches",
        "/api/v1/leaderboards/kuhn_poker", "/api/v1/games/nosuch", "/api/v1/keys", "/nowhere",
    ],
)  # fmt: skip
def test_head_has_the_status_headers_and_tag_of_get(http: httpx.Client, path: str) -> None:
    got, head = http.get(path), http.head(path)
    assert (head.status_code, headers(head), head.content) == (got.status_code, headers(got), b"")
    if "etag" in got.headers:
        known = {"If-None-Match": got.headers["etag"]}
        got, head = http.get(path, headers=known), http.head(path, headers=known)
        assert (head.status_code, headers(head)) == (304, headers(got))


def test_head_of_a_stream_reads_but_its_beginning(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BATCH", 1)
    read: list[object] = []
    batch = exports.exports.batch
    monkeypatch.setattr(exports.exports, "batch", lambda *given: read.append(given) or batch(*given))
    for path in ("/api/v1/exports/matches.jsonl", "/api/v1/feed?after=0"):
        head = http.head(path)
        assert (head.status_code, head.content) == (200, b"")
        assert len(read) <= 2, "of the three matches' batches"
        with http.stream("GET", path) as got:
            assert {**headers(head), "transfer-encoding": "chunked"} == headers(got)
        read.clear()


def test_a_poll_is_no_reading_so_it_has_no_head(http: httpx.Client) -> None:
    answer = http.head("/api/v1/bots/first/turns")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/api/v1/players", "GET, HEAD, POST"), ("PUT", "/api/v1/webhooks", "GET, HEAD, POST"),
        ("POST", "/healthz", "GET, HEAD"), ("POST", "/api/v1/receipts/keys", "GET, HEAD"),
    ],
)  # fmt: skip
def test_a_wrong_method_is_told_the_right_ones(http: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
