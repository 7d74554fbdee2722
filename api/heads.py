"""HEAD: answered as GET is, with the same headers and tags, and without the body."""

import asyncio
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ACTS = re.compile(r"/api/v1/bots/[^/]+/turns")
"""Where a GET is more than reading: a poll takes the place of the bot's connection. A HEAD is refused there."""
EMPTY = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}
LISTENING = {"asgi": {"version": "3.0", "spec_version": "2.3"}}
"""By this version of ASGI a stream listens for its client to go; by later ones it would have to fail at sending."""


class Heads:
    """ASGI middleware. To what is inside, a client asks with GET, and goes when the first of the body comes: whoever
    streams stops then."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or ACTS.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        gone = asyncio.Event()
        waiting = iter([EMPTY])

        async def received() -> Message:
            for message in waiting:
                return message
            await gone.wait()
            return GONE

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
            elif not gone.is_set():
                gone.set()
                await send({"type": "http.response.body", "body": b""})

        await self._app({**scope, **LISTENING, "method": "GET"}, received, headed)
