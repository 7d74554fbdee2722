"""Around every request: a bound on its body, and the headers that tell a browser to trust nothing from elsewhere."""

import re
from urllib.parse import unquote_to_bytes, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from arena.core.errors import ArenaError, ForeignPage, KeyInAddress
from arena.store import keys
from arena.store.uploads import PART_BYTES

MAX_BODY_BYTES = 1_000_000
PART = re.compile(r"/api/v1/uploads/[^/]+/parts/[^/]+")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


def is_part(scope: Scope) -> bool:
    """Whether a request sends a part of an upload: what may be long, and take long."""
    return scope["method"] == "PUT" and PART.fullmatch(scope["path"]) is not None


class Guard:
    """ASGI middleware. Not Starlette's `BaseHTTPMiddleware`: that would stand between the feed and its clients."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if _tells_key(scope):
            # Before anything could log it. A key that was in an address may be in somebody's history already.
            error = KeyInAddress("An API key stands in the address.", todo="Send it as a header, and revoke this one.")
            await _refuse({**scope, "path": "/", "raw_path": b"/"}, receive, send, error)
            return
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        taken, most = 0, PART_BYTES if is_part(scope) else MAX_BODY_BYTES

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413, "The body is too large")
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, bounded, headed)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket: no browser asks whether a page may open one, so a page from elsewhere may not."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            error = ForeignPage("A page from elsewhere wants to connect.", todo="Connect from a program.")
            await _refuse(scope, receive, send, error)
            return
        await self._app(scope, receive, send)


def _tells_key(scope: Scope) -> bool:
    """Whether a key stands in the path or the query, however they are encoded."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return any(keys.SHAPE.search(unquote_to_bytes(part)) for part in (raw, scope.get("query_string", b"")))


async def _refuse(scope: Scope, receive: Receive, send: Send, error: ArenaError) -> None:
    answer = problems.refusal(Request({"method": "GET", **scope, "type": "http"}), error)
    await answer(scope, receive, send)  # a WebSocket is answered so, too: it knows by the scope
