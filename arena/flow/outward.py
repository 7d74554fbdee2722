"""One POST to where an owner asked for it: judged, pinned, bounded, following nothing. Not for the arena's own servers.

A name is looked up once, every address found is judged, and one of those very addresses is connected to: a name that
changes its mind in between gains nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpcore

from arena.core.egress import Address, Networks, check_url, literal, may_reach
from arena.core.errors import UrlRefused

LOOKERS = 16
_threads = ThreadPoolExecutor(LOOKERS, "resolver")
"""Of its own: a name server that is silent must not hold up what else the process does on threads."""
LookUp = Callable[[str, int], Awaitable[list[Address]]]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a request: a status, or None and why there is none. `again`: another try may do better."""

    status: int | None
    why: str
    again: bool = True


async def look_up(host: str, port: int) -> list[Address]:
    """The addresses of a name, as this machine is told."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


class Pinned(httpcore.AsyncNetworkBackend):
    """Connects to addresses of the open Internet, and to those in `allowed`."""

    def __init__(self, allowed: Networks, look_up: LookUp) -> None:
        self._allowed, self._look_up = allowed, look_up
        self._tcp: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()  # pyright: ignore[reportAttributeAccessIssue]

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,  # noqa: ASYNC109 - httpcore's own signature
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        """Raises `UrlRefused` if any address of the host is closed; `httpcore.ConnectError` if none answers."""
        written = literal(host)
        try:
            found = [written] if written is not None else await self._look_up(host, port)
        except (OSError, ValueError) as error:  # ValueError: a name that cannot be written in a query
            raise httpcore.ConnectError("no such name") from error
        if not found:
            raise httpcore.ConnectError("no address")
        if not all(may_reach(address, self._allowed) for address in found):
            raise UrlRefused(f"{host} is not of the open Internet.", todo="Use another address.")
        return await self._tcp.connect_tcp(str(found[0]), port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Never: a URL cannot ask for it."""
        raise httpcore.UnsupportedProtocol("no Unix sockets")

    async def sleep(self, seconds: float) -> None:
        """For httpcore."""
        await asyncio.sleep(seconds)


class Outward:
    """Sends to anywhere that is open, and in the networks that are allowed. For one event loop."""

    def __init__(self, allowed: Networks, look_up: LookUp = look_up) -> None:
        self._allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=None, max_keepalive_connections=64,
            keepalive_expiry=4.0, network_backend=Pinned(allowed, look_up),
        )  # fmt: skip

    async def close(self) -> None:
        """Let go of every connection."""
        await self._pool.aclose()

    async def post(self, url: str, headers: dict[str, str], body: bytes, within_s: float) -> Came:
        """What came of it. Of what is answered only the status is read."""
        try:
            check_url(url, self._allowed)
            async with asyncio.timeout(within_s):
                async with self._pool.stream("POST", url, headers=[*headers.items()], content=body) as answer:
                    return Came(answer.status, f"It answered {answer.status}.")
        except UrlRefused as error:
            return Came(None, error.what, again=False)
        except (TimeoutError, httpcore.TimeoutException):
            return Came(None, f"It did not answer within {within_s:g} s.")
        except httpcore.ConnectError:
            return Came(None, "It cannot be connected to.")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            return Came(None, "It broke off.")
