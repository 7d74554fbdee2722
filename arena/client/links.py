"""A bot's connection to the arena: a WebSocket, or long polls where those do not come through. The same messages."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus

from arena.client.errors import ClientError, refusal

Message = dict[str, Any]
OPEN_S = 10.0
POLL_S = 15.0
FINAL = {4401: "auth.missing", 4406: "bot.bad_message", 4409: "bot.taken_over"}
"""Close codes after which connecting again would not help, as the codes of errors."""
TODO = {
    "auth.missing": "Use a key that is neither revoked nor over.",
    "bot.bad_message": "Use a client of the version that the arena speaks.",
    "bot.taken_over": "Only one connection of a player is open at a time: the newest.",
}


class Lost(Exception):
    """The connection is gone, or could not be made; another may."""


class Blocked(Lost):
    """Something between here and the arena does not let WebSockets through."""


class Link(Protocol):
    """A connection. Both methods raise `Lost`, or `ClientError` where another connection would not help."""

    async def receive(self) -> list[Message]:
        """The next messages, waiting for one."""
        ...

    async def send(self, message: Message) -> list[Message]:
        """Send a message; what the arena says to it at once."""
        ...


class WebSocketLink:
    """One WebSocket."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def receive(self) -> list[Message]:
        try:
            return [json.loads(await self._socket.recv())]
        except ConnectionClosed as error:
            raise _closed(error) from None
        except ValueError as error:
            raise Lost(f"what came is no message: {error}") from None

    async def send(self, message: Message) -> list[Message]:
        try:
            await self._socket.send(json.dumps(message))
        except ConnectionClosed as error:
            raise _closed(error) from None
        return []


class PollLink:
    """Long polls. The cursor tells the arena what has come."""

    def __init__(self, http: httpx.AsyncClient, path: str) -> None:
        self._http, self._path, self._after = http, path, ""

    async def receive(self) -> list[Message]:
        told = await self._ask("GET", "/turns", params={"after": self._after, "wait": POLL_S})
        self._after = told["next"]
        return told["messages"]

    async def send(self, message: Message) -> list[Message]:
        if message["type"] != "answer":
            return []  # polling itself says that somebody is there
        told = await self._ask("POST", "/answers", json={"answers": [message]})
        return told["messages"]

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            answer = await self._http.request(method, self._path + path, **more)
        except httpx.HTTPError as error:
            raise Lost(f"no answer ({type(error).__name__})") from None
        if answer.is_error:
            _check(refusal(answer))
        return answer.json()


@asynccontextmanager
async def websocket(url: str, key: str, player: str) -> AsyncGenerator[WebSocketLink]:
    """A WebSocket to the arena at `url`. Raises `Lost`, `Blocked` or `ClientError`."""
    address = f"ws{url.removeprefix('http')}/api/v1/bots/{player}/connect"
    headers = {"Authorization": f"Bearer {key}"}
    try:
        socket = await connect(
            address, additional_headers=headers, open_timeout=OPEN_S, ping_interval=None, compression=None,
            max_size=None, close_timeout=1,
        )  # fmt: skip
    except InvalidStatus as error:
        response = error.response
        request = httpx.Request("GET", url)
        _check(refusal(httpx.Response(response.status_code, content=bytes(response.body or b""), request=request)))
        raise Lost from None
    except InvalidMessage as error:  # the server went away in the middle of it
        raise Lost(str(error)) from None
    except InvalidHandshake as error:
        raise Blocked(str(error)) from None
    except (OSError, TimeoutError) as error:
        raise Lost(str(error) or type(error).__name__) from None
    async with socket:
        yield WebSocketLink(socket)


@asynccontextmanager
async def polling(url: str, key: str, player: str) -> AsyncGenerator[PollLink]:
    """Long polls of the arena at `url`."""
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=POLL_S + OPEN_S) as http:
        yield PollLink(http, f"/api/v1/bots/{player}")


def _check(error: ClientError) -> None:
    """Raise what a refusal means: `ClientError` where asking again would not help, `Blocked` if no arena refused."""
    if error.code == "server.unreachable" and error.status != 503:
        raise Blocked(str(error))
    if error.status in (429, 503) or error.status is None or error.status >= 500:
        raise Lost(str(error))
    raise error


def _closed(error: ConnectionClosed) -> Exception:
    frame = error.rcvd
    if frame is None or frame.code not in FINAL:
        return Lost(f"closed: {frame.code} {frame.reason}" if frame else "the connection broke")
    code = FINAL[frame.code]
    return ClientError(code, frame.reason, TODO[code], None)
