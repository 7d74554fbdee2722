"""Around everything: headers that tell a browser to trust nothing from elsewhere; and no key in an address gets in."""

from urllib.parse import unquote_to_bytes

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arena.store import keys

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
BEGIN = {"http.response.start", "websocket.http.response.start"}
"""How an answer begins, and how the refusal of a WebSocket does."""
LAYERS = 4
"""Times over that an address is decoded in the search for a key."""
TOLD = "arena.key_in_address"
"""In the scope of a request whose address held a key: `api.guard` refuses it."""


class Envelope:
    """ASGI middleware, the outermost. What is inside sees `/` for an address with a key, and so cannot log it.

    Not Starlette's `BaseHTTPMiddleware`: that would stand between the feed and its clients.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def headed(message: Message) -> None:
            if message["type"] in BEGIN:
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if _tells_key(scope):
            scope = {**scope, "path": "/", "raw_path": b"/", "query_string": b"", TOLD: True}
        await self._app(scope, receive, headed)


def _tells_key(scope: Scope) -> bool:
    """Whether a key stands in the path or the query, also where it was encoded several times over."""
    told: bytes = (scope.get("raw_path") or scope["path"].encode()) + b"?" + scope.get("query_string", b"")
    for _ in range(LAYERS):
        told = unquote_to_bytes(told)
        if keys.SHAPE.search(told):
            return True
    return False
