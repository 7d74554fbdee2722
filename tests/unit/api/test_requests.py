"""Request ids: in the answer, its problem and the log; and what the log tells of a request."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient, WebSocketDenialResponse

from api.app import create_app
from api.context import Transaction
from api.envelope import HEADERS
from api.requests import SANE
from arena.core.logs import current
from arena.core.settings import Settings
from arena.store import database

Ask = Callable[..., httpx.Response]
KEY = "arena_" + "aB3_-" * 8 + "xyz"
NOWHERE = "postgresql://arena:hunter22@127.0.0.1:1/none"
log = logging.getLogger("arena.test")


async def _broken() -> AsyncIterator[bytes]:
    yield b"begun"
    raise LookupError("half-way")


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"more"
        await asyncio.sleep(0)


@pytest.fixture
def app() -> FastAPI:
    """The application, without its servers, and with routes that go wrong."""
    app = create_app(Settings(), database.connect(NOWHERE), "redis://127.0.0.1:1/0")

    @app.get("/boom")
    def boom() -> None:
        raise LookupError("nobody foresaw this")

    @app.get("/deep")
    def deep() -> str | None:
        log.warning("deep inside")
        return current("request_id")

    @app.get("/half")
    async def half() -> StreamingResponse:
        return StreamingResponse(_broken())

    @app.get("/api/v1/away")
    def away(connection: Transaction) -> None: ...

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        return StreamingResponse(_endless())

    return app


@pytest.fixture
def ask(app: FastAPI) -> Ask:
    async def one(path: str, method: str = "GET", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://arena") as client:
            return await client.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return lambda path, method="GET", **headers: asyncio.run(one(path, method, **headers))


@pytest.mark.parametrize("came", ["a", "0123-ABC.def_9", "x" * 64])
def test_a_sane_id_is_kept(ask: Ask, came: str) -> None:
    answer = ask("/deep", x_request_id=came)
    assert answer.headers["x-request-id"] == answer.json() == came


@pytest.mark.parametrize("came", ["", "x" * 65, "a b", "a\tb", "%0A", "a;b", "../x"])
def test_any_other_is_replaced(ask: Ask, came: str) -> None:
    answer = ask("/deep", x_request_id=came)
    made = answer.headers["x-request-id"]
    assert made == answer.json() != came
    assert SANE.fullmatch(made)


def test_every_request_has_its_own(ask: Ask) -> None:
    assert len({ask("/healthz").headers["x-request-id"] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/boom", 500), ("/api/v1/away", 503), ("/api/v1/feed?after=x", 422)]
)
def test_a_problem_tells_its_request(ask: Ask, path: str, status: int) -> None:
    answer = ask(path, x_request_id="r1")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "r1"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_page_of_an_error_tells_it_too(ask: Ask) -> None:
    assert "<code>r1</code>" in ask("/nowhere", accept="text/html", x_request_id="r1").text


def test_what_nobody_foresaw_is_logged_once_with_its_traceback(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    assert "foresaw" not in ask("/boom").text
    (record,) = [r for r in caplog.records if r.exc_info]
    assert record.getMessage() == "GET /boom failed"
    assert isinstance(record.exc_info and record.exc_info[1], LookupError)


def test_an_answer_that_breaks_off_is_logged(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError, match=r"^$"):  # the transport's own: the answer was never completed
        ask("/half")
    assert [r.getMessage() for r in caplog.records if r.exc_info] == ["GET /half failed"]


def test_lines_carry_the_id_also_from_worker_threads(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    ids: dict[str, str | None] = {}
    caplog.handler.addFilter(lambda record: ids.setdefault(record.name, current("request_id")) or True)
    caplog.set_level(logging.INFO, "arena")
    ask("/deep", x_request_id="r1")
    caplog.handler.filters.clear()
    assert ids["arena.test"] == ids["arena.access"] == "r1"


def test_an_access_line_has_no_query_and_stays_one_line(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "arena.access")
    ask("/no%0Awhere?key=hunter22")
    (record,) = [r for r in caplog.records if r.name == "arena.access"]
    assert record.getMessage().startswith("192.0.2.7 GET /no%0Awhere 404 ")
    assert "hunter22" not in caplog.text


def test_what_is_asked_all_the_time_is_told_only_when_it_fails(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "arena.access")
    ask("/healthz")
    ask("/static/arena.css")
    ask("/readyz")
    ask("/static/none.css")
    told = [r.getMessage().split()[2:4] for r in caplog.records if r.name == "arena.access"]
    assert told == [["/readyz", "503"], ["/static/none.css", "404"]]


def test_a_key_in_an_address_is_refused_like_anything_else_and_logged_nowhere(
    ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for path in (f"/no/{KEY}", f"/?x={KEY}", f"/api/v1/games?key={KEY.replace('_', '%5F')}"):
        answer = ask(path, x_request_id="r1")
        assert (answer.status_code, answer.json()["code"]) == (400, "auth.key_in_address"), path
        assert answer.headers["x-request-id"] == answer.json()["request_id"] == "r1"
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    told = [r.getMessage().split()[1:4] for r in caplog.records if r.name == "arena.access"]
    assert told == [["GET", "/", "400"]] * 3
    assert not [r for r in caplog.records if KEY[6:12] in r.getMessage() and r.name != "httpx"]  # but the client may


@pytest.mark.parametrize(
    ("path", "origin", "code"),
    [
        (f"/api/v1/bots/ada/connect?key={KEY}", "http://arena", "auth.key_in_address"),
        ("/api/v1/bots/ada/connect", "https://elsewhere.example", "auth.foreign_page"),
        ("/api/v1/bots/ada/connect", "http://arena", "server.unreachable"),
    ],
)
def test_a_websocket_is_refused_like_anything_else(
    app: FastAPI, caplog: pytest.LogCaptureFixture, path: str, origin: str, code: str
) -> None:
    caplog.set_level(logging.INFO, "arena.access")
    http = TestClient(app, base_url="http://arena")
    with (
        pytest.raises(WebSocketDenialResponse) as told,
        http.websocket_connect(f"ws://arena{path}", headers={"X-Request-ID": "r1", "Origin": origin}),
    ):
        pass
    answer = told.value
    assert answer.json()["code"] == code
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "r1"
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert f" {answer.status_code} " in caplog.records[-1].getMessage()
    assert KEY[6:] not in caplog.text


@pytest.mark.parametrize(
    "path", ["/healthz", "/deep", "/nowhere", "/static/arena.css", "/api/v1/feed?after=x", "/boom"]
)
def test_head_is_answered_as_get_is_without_the_body(ask: Ask, path: str) -> None:
    got, head = ask(path, x_request_id="r1"), ask(path, "HEAD", x_request_id="r1")
    assert head.content == b""
    assert (head.status_code, head.headers) == (got.status_code, got.headers)


def test_head_of_what_does_not_end_does(ask: Ask) -> None:
    assert ask("/endless", "HEAD").status_code == 200


def test_what_answers_get_says_that_it_answers_head(ask: Ask) -> None:
    for method in ("DELETE", "OPTIONS"):
        answer = ask("/api/v1/games", method)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
