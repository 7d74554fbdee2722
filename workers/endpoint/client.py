"""One request to a player's endpoint: bounded in size, pinned to a judged address, following nothing.

httpcore, the engine under httpx, is used as it is: it keeps no cookies, reads no proxies from the environment, follows
no redirect and unpacks no body, and each of these would have had to be switched off. See decision 19.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import httpcore

from arena.core.egress import check_url
from arena.core.errors import UrlRefused
from arena.core.pinned import Pinned
from workers.endpoint.lanes import Lanes
from workers.endpoint.reach import allowed
from workers.endpoint.trouble import Trouble

MAX_BODY = 1_000_000
PLAIN = {b"", b"identity"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes


_lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, Lanes] = WeakKeyDictionary()


async def post(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer to a POST. How long it may take is for the caller to bound.

    Raises:
        Trouble: there was none, or one that is too large or packed.
    """
    given = [*headers.items(), ("Accept-Encoding", "identity"), ("User-Agent", "self-play-arena")]
    try:
        host, port = check_url(url, allowed())
        async with (
            _here().lane(f"{url.partition(':')[0]} {host} {port}") as lane,
            lane.stream("POST", url, headers=given, content=body) as response,
        ):
            return await _read(response)
    except UrlRefused:
        raise Trouble("forbidden", "The endpoint's address is not of the open Internet.", again=False) from None
    except httpcore.ConnectError:
        raise Trouble("broken", "The endpoint cannot be connected to.", again=True) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError):
        raise Trouble("broken", "The endpoint broke off.", again=True) from None


async def _read(response: httpcore.Response) -> Answer:
    headers = {name.lower(): value for name, value in response.headers}
    if headers.get(b"content-encoding", b"").strip().lower() not in PLAIN:
        raise Trouble("unreadable", "The endpoint packed its answer, unasked.", again=False)
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_stream():
        size += len(part)
        if size > MAX_BODY:
            raise Trouble("unreadable", f"The endpoint's answer is longer than {MAX_BODY} bytes.", again=False)
        parts.append(part)
    return Answer(response.status, headers, b"".join(parts))


def _here() -> Lanes:
    """The connections of this event loop."""
    loop = asyncio.get_running_loop()
    lanes = _lanes.get(loop)
    if lanes is None:
        lanes = _lanes[loop] = Lanes(Pinned(allowed))
    return lanes
