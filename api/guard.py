"""What no request may have, whatever it asks: a body without bounds, a key in its address, a page from elsewhere."""

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.envelope import TOLD
from arena.core.errors import ArenaError, ForeignPage, KeyInAddress
from arena.store.uploads import PART_BYTES

MAX_BODY_BYTES = 1_000_000
PART = re.compile(r"/api/v1/uploads/[^/]+/parts/[^/]+")


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
        if TOLD in scope:  # it may be in somebody's history, or a proxy's log, already
            error = KeyInAddress("An API key stands in the address.", todo="Send it as a header, and revoke this one.")
            await _refuse(scope, receive, send, error)
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

        await self._app(scope, bounded, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket: no browser asks whether a page may open one, so a page from elsewhere may not."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            error = ForeignPage("A page from elsewhere wants to connect.", todo="Connect from a program.")
            await _refuse(scope, receive, send, error)
            return
        begun = False

        async def answered(message: Message) -> None:
            nonlocal begun
            if message["type"] == "websocket.close" and not begun:  # no route: nobody was there to say so
                await problems.unknown(problems.asked(scope))(scope, receive, send)
                return
            begun = True
            await send(message)

        await self._app(scope, receive, answered)


async def _refuse(scope: Scope, receive: Receive, send: Send, error: ArenaError) -> None:
    answer = problems.refusal(problems.asked(scope), error)
    await answer(scope, receive, send)  # a WebSocket is answered so, too: it knows by the scope
