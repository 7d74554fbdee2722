"""Around every request: its id, its line in the log, and an answer when nobody foresaw what went wrong."""

import logging
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.envelope import BEGIN
from arena.core.ids import new_id
from arena.core.logs import about

log = logging.getLogger("arena.access")

HEADER = "X-Request-ID"
ACCEPTED = 101
SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONSTANT = ("/healthz", "/readyz", "/metrics", "/static/", "/fragments/")
"""What machines and open pages ask for all the time: told only when it fails."""


class Requests:
    """ASGI middleware. Not Starlette's `BaseHTTPMiddleware`: that would stand between the feed and its clients."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        came = Headers(scope=scope).get(HEADER, "")
        request_id = came if SANE.fullmatch(came) else str(new_id())
        with about(request_id=request_id):
            await self._answer(scope, receive, send, request_id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = 0

        async def marked(message: Message) -> None:
            nonlocal status
            if message["type"] in BEGIN or message["type"] == "websocket.accept":
                status = message.get("status", ACCEPTED)
                message.setdefault("headers", [])
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, marked)
        except Exception:  # the last that can answer: with the id under which the log has the traceback
            log.exception("%s failed", _line(scope))
            if scope["type"] == "websocket":
                raise  # the server closes it
            if status == 0:
                await problems.unexpected(Request(scope))(scope, receive, marked)
        finally:
            _tell(scope, status, (time.perf_counter() - began) * 1000)


def _tell(scope: Scope, status: int, ms: float) -> None:
    if status < 400 and scope["path"].startswith(CONSTANT):
        return
    client = scope["client"][0] if scope.get("client") else "-"
    log.info("%s %s %d %.1f ms", client, _line(scope), status, ms)


def _line(scope: Scope) -> str:
    """Method and path as they came, still percent-encoded; never the query, which may hold anything."""
    method = scope.get("method", "WebSocket")
    path = scope.get("raw_path") or scope["path"].encode()
    return f"{method} {path.partition(b'?')[0].decode('latin-1')}"
