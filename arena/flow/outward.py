"""One POST to where an owner asked for it: judged, pinned, bounded, following nothing. Not for the arena's own servers.

A name is looked up once, every address found is judged, and one of those very addresses is connected to: a name that
changes its mind in between gains nothing.
"""

import asyncio
import ssl
from dataclasses import dataclass

import httpcore

from arena.core.egress import Networks, check_url
from arena.core.errors import UrlRefused
from arena.core.pinned import LookUp, Pinned, look_up


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a request: a status, or None and why there is none. `again`: another try may do better."""

    status: int | None
    why: str
    again: bool = True


class Outward:
    """Sends to anywhere that is open, and in the networks that are allowed. For one event loop."""

    def __init__(self, allowed: Networks, look_up: LookUp = look_up) -> None:
        self._allowed = allowed
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(), max_connections=None, max_keepalive_connections=64,
            keepalive_expiry=4.0, network_backend=Pinned(lambda: allowed, look_up),
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
