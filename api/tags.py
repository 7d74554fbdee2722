"""Entity tags: who has an answer already is told that it still holds, with 304 and no body. All tags are strong.

A route that knows a version of what it tells says so before it works (`Fresh`); of other answers the body is hashed.
"""

import hashlib
import secrets
from typing import Annotated

from fastapi import Depends, FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNDER = "/api/"
RUN = secrets.token_hex(8)
"""Part of every tag that a version makes: another run may be another program, which tells the same thing otherwise."""
OF_BODY = ("content-type", "content-length")


class Unchanged(Exception):
    """What was asked for is what the client has: no error, but the end of a request that needs no work."""

    def __init__(self, tag: str) -> None:
        self.tag = tag


class Freshness:
    """Whether the client's copy still holds."""

    def __init__(self, request: Request, response: Response) -> None:
        self._asked, self._response = request.headers.get("if-none-match", ""), response

    def check(self, *version: object) -> None:
        """Tag the answer with a version of all that it tells. Raises `Unchanged` where the client has that one."""
        tag = _tag(repr((RUN, version)).encode())
        if _has(self._asked, tag):
            raise Unchanged(tag)
        self._response.headers["ETag"] = tag


Fresh = Annotated[Freshness, Depends()]


class Tags:
    """ASGI middleware. Answers that are streamed go through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(UNDER):
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        start: Message | None = None

        async def tagged(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] in {200, 304}:
                start = message
                return
            if start is not None:
                first, start = start, None
                message = _finished(first, message, asked)
                await send(first)
            await send(message)

        await self._app(scope, receive, tagged)


def _finished(start: Message, body: Message, asked: Headers) -> Message:
    """Headers and, where the client has it already, no body."""
    headers = MutableHeaders(scope=start)
    # Kept by whom it was told to, and asked for again each time: what a key sees is nobody else's.
    headers.setdefault("Cache-Control", "private, no-cache" if "authorization" in asked else "no-cache")
    headers.add_vary_header("Authorization")
    content: bytes = body.get("body", b"")
    if start["status"] == 304 or body.get("more_body"):
        return body
    if "etag" not in headers and "no-store" not in headers["cache-control"]:
        headers["ETag"] = _tag(content)
    if not _has(asked.get("if-none-match", ""), headers.get("etag", "")):
        return body
    start["status"] = 304
    for name in OF_BODY:
        del headers[name]
    return {**body, "body": b""}


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _has(asked: str, tag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in asked.split(",")]
    return bool(tag) and (tag in known or known == ["*"])


def install(app: FastAPI) -> None:
    """Answer `Unchanged` with 304."""
    app.add_exception_handler(Unchanged, _unchanged)


def _unchanged(_: Request, told: Exception) -> Response:
    assert isinstance(told, Unchanged)
    return Response(status_code=304, headers={"ETag": told.tag})
