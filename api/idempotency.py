"""Idempotency keys: a POST that is sent again under its key is answered as it was the first time, and not done twice.

One mechanism for every route that needs one: it holds the transaction that the route works in, and writes the answer
into it. So what was changed and what was answered are committed together, or neither.
"""

import asyncio
import hashlib
import re
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.context import HELD
from arena.core.errors import AnswerWasSecret, ArenaError, BadIdempotencyKey, KeyReused, NotAllowed, UnderWay
from arena.store import keys, repeats
from arena.store.repeats import Answer, Asked, Kept

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
PATTERN = r"^[!-~]{1,200}$"
SANE = re.compile(PATTERN)
AT_ONCE = 4
"""Requests that hold a transaction of their own: others wait, unheld, and leave connections to the rest."""
BY_THEMSELVES = re.compile(r"/api/v1/(uploads/[^/]+/complete|bots/[^/]+/answers)")
"""Routes that do a thing once however often they are asked, and take no key: a transaction held for one would be idle
while gigabytes are hashed (`complete`), or until Redis has passed a move on (`answers`)."""
RETRY_S = 1
ABOUT = (
    "Anything unique, such as a UUID: sent again with the same body within 24 hours, the request is not done again "
    "but answered as before."
)


class Idempotency:
    """ASGI middleware, the innermost. A request without the header, or to a route that needs none, passes untouched."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        posted = scope["type"] == "http" and scope["method"] == "POST"
        key = Headers(scope=scope).get(HEADER) if posted else None
        if key is None or BY_THEMSELVES.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            answer = await self._answer(scope, receive, key)
        except ArenaError as error:
            answer = problems.refusal(request, error)
            if isinstance(error, UnderWay):
                answer.headers["Retry-After"] = str(RETRY_S)
        except HTTPException as error:  # the body was too large
            answer = problems.refused(request, error)
        except (OperationalError, InterfaceError, PoolTimeout):
            answer = problems.late(request)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, key: str) -> Response:
        if not SANE.fullmatch(key):
            what = f"{HEADER} is not 1 to 200 letters of ASCII without blanks."
            raise BadIdempotencyKey(what, todo="Send a UUID, for example.")
        body = await Request(scope, receive).body()
        async with self._places:
            connection = await asyncio.to_thread(self._engine.connect)
            try:
                asked = await asyncio.to_thread(_asked, connection, scope, key, body)
                kept = await asyncio.to_thread(_kept, connection, asked) if asked else None
                if kept is not None:
                    return _again(kept)
                answer = await self._anew(scope, receive, body, connection)
                if answer.status_code < 400:  # nothing of a refusal is kept: it has changed nothing
                    await asyncio.to_thread(_commit, connection, asked, answer)
                return answer
            finally:
                await asyncio.to_thread(connection.close)

    async def _anew(self, scope: Scope, receive: Receive, body: bytes, connection: Connection) -> Response:
        """What the application answers now, in the transaction that is held for it."""
        told = False
        head: dict[str, Any] = {}
        parts: list[bytes] = []

        async def given() -> Message:
            nonlocal told
            if told:
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def taken(message: Message) -> None:
            if message["type"] == "http.response.start":
                head.update(message)
            parts.append(message.get("body", b""))

        await self._app({**scope, HELD: connection}, given, taken)
        answer = Response(b"".join(parts), head["status"])
        answer.raw_headers = list(head["headers"])
        return answer


def _asked(connection: Connection, scope: Scope, key: str, body: bytes) -> Asked | None:
    """Whose request it is, and what it says; None where it is nobody's, which the route will say."""
    scheme, _, bearer = Headers(scope=scope).get("authorization", "").partition(" ")
    holder = keys.holder(connection, bearer) if scheme.lower() == "bearer" else None
    if holder is None:
        return None
    content = hashlib.sha256()
    for part in (scope["path"].encode(), scope["query_string"], body):
        content.update(len(part).to_bytes(8, "big") + part)
    return Asked(holder[1], key, content.digest(), holder[2])


def _kept(connection: Connection, asked: Asked) -> Kept | None:
    """What an earlier request under this key was answered; None for the first.

    Raises:
        UnderWay, KeyReused, NotAllowed, AnswerWasSecret: it cannot be told.
    """
    if not repeats.claim(connection, asked.owner_id, asked.key):
        raise UnderWay("The request with this key is still under way.", todo="Send it again in a second.")
    kept = repeats.find(connection, asked.owner_id, asked.key)
    if kept is None:
        return None
    if kept.asked.content != asked.content:
        todo = "Send another key with another request."
        raise KeyReused(f"This {HEADER} came with another request within the last 24 hours.", todo=todo)
    if "admin" not in asked.scopes and not {*kept.asked.scopes} <= {*asked.scopes}:
        raise NotAllowed("The request was made with a key that allows more.", todo="Repeat it with that key.")
    if kept.answer.body is None:
        what = "It was done, but what was answered held a secret, which is told once and not kept."
        raise AnswerWasSecret(what, todo="Revoke or delete what was made, and make it anew under another key.")
    return kept


def _again(kept: Kept) -> Response:
    answer = kept.answer
    headers = {REPLAYED: "true", **({"Location": answer.location} if answer.location else {})}
    return Response(answer.body, answer.status, headers, answer.media_type)


def _commit(connection: Connection, asked: Asked | None, answer: Response) -> None:
    if asked is not None:
        headers = answer.headers
        body = None if "no-store" in headers.get("cache-control", "") else bytes(answer.body)
        told = Answer(answer.status_code, headers.get("location"), headers.get("content-type"), body)
        repeats.keep(connection, asked, told)
    connection.commit()


def describe(openapi: dict[str, Any]) -> None:
    """Add the header to every POST of an OpenAPI description that takes it."""
    known = {"in": "header", "name": HEADER, "required": False, "description": ABOUT}
    schema = {"type": "string", "pattern": PATTERN, "maxLength": 200}
    for name, path in openapi["paths"].items():
        if "post" in path and not BY_THEMSELVES.fullmatch(name):
            path["post"].setdefault("parameters", []).append({**known, "schema": schema})
