"""Around every request: a bound on its body, and the headers that tell a browser to trust nothing from elsewhere."""

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from arena.core.errors import KeyInAddress
from arena.store import keys

MAX_BODY_BYTES = 1_000_000
KEY = keys.PREFIX.encode()
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class Guard:
    """ASGI middleware. Not Starlette's `BaseHTTPMiddleware`: that would stand between the feed and its clients."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if KEY in scope.get("query_string", b"") or KEY in scope.get("raw_path", b""):
            # Before anything could log it. A key that was in an address may be in somebody's history already.
            error = KeyInAddress("An API key stands in the address.", todo="Send it as a header, and revoke this one.")
            await problems.refusal(Request({**scope, "path": "/", "raw_path": b"/"}), error)(scope, receive, send)
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise HTTPException(413, "The body is too large")
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, bounded, headed)
