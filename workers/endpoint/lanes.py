"""Connections that are kept between requests: each is a lane of its own, taken by one request at a time.

A lane is httpcore's pool with room for one connection, which it opens, renews and closes. One pool for all of them
would look at every connection for every other at each request: with 64 that was half of all the work.
"""

import ssl
from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import certifi
import httpcore

MOST_IDLE = 256
"""Of one event loop, for all endpoints. As many as there are requests may be in use."""
IDLE_S = 4.0
"""Less than the five seconds after which common servers close an idle connection: else one is closed as it is used."""

Lane = httpcore.AsyncConnectionPool


class Lanes:
    """The lanes of one event loop, by where they lead."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, context: ssl.SSLContext | None = None) -> None:
        self._backend, self._context = backend, context or authorities()
        self._idle: OrderedDict[str, list[Lane]] = OrderedDict()
        self._count = 0

    @asynccontextmanager
    async def lane(self, origin: str) -> AsyncGenerator[Lane]:
        """A lane to `origin` (scheme, host and port) for one request."""
        lane = self._take(origin)
        try:
            yield lane
        finally:
            self._idle.setdefault(origin, []).append(lane)
            self._idle.move_to_end(origin)
            self._count += 1
            if self._count > MOST_IDLE:  # close one to where none has gone for the longest time
                await self._take(next(iter(self._idle))).aclose()

    def _take(self, origin: str) -> Lane:
        idle = self._idle.get(origin)
        if not idle:
            return Lane(
                ssl_context=self._context, max_connections=1, keepalive_expiry=IDLE_S, network_backend=self._backend
            )
        self._count -= 1
        lane = idle.pop()
        if not idle:
            del self._idle[origin]
        return lane


def authorities() -> ssl.SSLContext:
    """Trust in the authorities of certifi and of this machine."""
    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context
