"""How long a request may wait until its answer begins: a database that is silent must not hold a client for ever."""

import asyncio
from asyncio import FIRST_COMPLETED

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.guard import is_part

ANSWER_S = 20.0
PART_S = 600.0
"""For a part of an upload: slow lines are no fault of the database's."""


class Patience:
    """ASGI middleware: answers with a problem when the application has not begun to within `ANSWER_S`.

    The application is left to itself then, not cancelled: a thread that waits for a server cannot be, and it keeps
    its place among the threads until it is done. Once an answer has begun it may take any time, as the feed does.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._left: set[asyncio.Future[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, late = asyncio.Event(), False

        async def noted(message: Message) -> None:
            if not late:
                begun.set()
                await send(message)

        answering = asyncio.ensure_future(self._app(scope, receive, noted))
        waiting = asyncio.ensure_future(begun.wait())
        patience_s = PART_S if is_part(scope) else ANSWER_S
        try:
            await asyncio.wait((answering, waiting), timeout=patience_s, return_when=FIRST_COMPLETED)
            if answering.done() or begun.is_set():
                await answering
                return
        except asyncio.CancelledError:
            answering.cancel()
            raise
        finally:
            waiting.cancel()
        late = True
        self._left.add(answering)
        answering.add_done_callback(self._forget)
        await problems.late(Request(scope))(scope, receive, send)

    def _forget(self, answering: "asyncio.Future[None]") -> None:
        self._left.discard(answering)
        if not answering.cancelled():
            answering.exception()  # whatever it was, its client has been answered
