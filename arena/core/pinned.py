"""Connections to where strangers' URLs lead: a name is looked up once, every address found is judged, one is used.

Nothing is looked up again between the judgement and the connection, so a name that changes its mind in between (DNS
rebinding) gains nothing. TLS still proves the name, and the Host header tells it.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import httpcore

from arena.core.egress import Address, Networks, literal, may_reach
from arena.core.errors import UrlRefused

LOOKERS = 16
TRIED = 4
"""Addresses of a name that are tried, one after the other."""
TRY_S = 3.0
"""For each of them but the last."""
_threads = ThreadPoolExecutor(LOOKERS, "resolver")
"""Of its own: a name server that is silent must not hold up what else the process does on threads."""

LookUp = Callable[[str, int], Awaitable[list[Address]]]


async def look_up(host: str, port: int) -> list[Address]:
    """The addresses of a name, as this machine is told."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses of the open Internet, and in the networks that `allowed` gives. For one event loop."""

    def __init__(self, allowed: Callable[[], Networks], look_up: LookUp = look_up) -> None:
        self._allowed, self._look_up = allowed, look_up
        self._under_way: dict[tuple[str, int], asyncio.Task[list[Address]]] = {}
        self._tcp: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()  # pyright: ignore[reportAttributeAccessIssue]

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ASYNC109 - httpcore's own signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        """Raises `UrlRefused` if any address of the host is closed; `httpcore.ConnectError` if none answers."""
        addresses = await self._addresses(host, port)
        allowed = self._allowed()
        if not all(may_reach(address, allowed) for address in addresses):
            raise UrlRefused("The address is not of the open Internet.", todo="Use another address.")
        *first, last = addresses[:TRIED]
        for address in first:
            try:
                async with asyncio.timeout(TRY_S):
                    return await self._tcp.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (TimeoutError, httpcore.ConnectError):
                continue
        return await self._tcp.connect_tcp(str(last), port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never: a URL cannot ask for it."""
        raise httpcore.UnsupportedProtocol("no Unix sockets")

    async def sleep(self, seconds: float) -> None:
        """For httpcore."""
        await asyncio.sleep(seconds)

    def _found(self, key: tuple[str, int], done: asyncio.Task[list[Address]]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # looked at: whoever waited for it may be gone

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """Of a name, those who ask at the same time share one look-up: 64 matches must not fill the threads."""
        written = literal(host)
        if written is not None:
            return [written]
        key = host, port
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(self._look_up(host, port))
            task.add_done_callback(lambda done: self._found(key, done))
        try:
            found = await asyncio.shield(task)
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be written in a query
            raise httpcore.ConnectError("no such name") from error
        if not found:
            raise httpcore.ConnectError("no address")
        return found
