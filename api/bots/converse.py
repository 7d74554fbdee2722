"""A bot's WebSocket: what comes in is read and answered, what waits for it is sent."""

import asyncio
import time

import msgspec
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.bots.gateway import Gateway
from api.bots.line import Close, Ended, Line, Who
from arena.core import bots
from arena.core.bots import HEARTBEAT_S, MAX_MESSAGE_BYTES, PROTOCOL, Answer, Hello, Ping, Pong, Welcome
from arena.core.errors import ArenaError, BadMessage

HELLO_S = 10.0
SEND_S = 10.0


async def converse(websocket: WebSocket, gateway: Gateway, who: Who) -> None:
    """Hold one connection until either side ends it."""
    await websocket.accept()
    line = Line(who)
    writing = asyncio.create_task(_write(websocket, line))
    reading = asyncio.create_task(_read(websocket, gateway, line))
    try:
        await asyncio.wait((writing, reading), return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and line.ended is not None:  # what it is told last
            await asyncio.wait((writing,), timeout=SEND_S)
    finally:
        for task in (writing, reading):
            task.cancel()
        await asyncio.gather(writing, reading, return_exceptions=True)
        await gateway.leave(line)


async def _read(websocket: WebSocket, gateway: Gateway, line: Line) -> None:
    try:
        if await _greeted(websocket, line):
            line.send(_welcome(line))
            await gateway.enter(line)
            while line.ended is None:
                await _hear(await _next(websocket), gateway, line)
    except WebSocketDisconnect:
        pass
    except TimeoutError:
        line.end(Close.SILENT, "It did not say hello.")


async def _greeted(websocket: WebSocket, line: Line) -> bool:
    """Whether the bot began as it should."""
    async with asyncio.timeout(HELLO_S):
        message = _message(await _next(websocket))
    if isinstance(message, Hello) and message.version == PROTOCOL:
        return True
    if isinstance(message, Hello):
        what = f"This arena speaks version {PROTOCOL} of the protocol."
        line.refuse(BadMessage(what, todo="Use a client of that version."))
        line.end(Close.VERSION, what)
    else:
        line.refuse(message if isinstance(message, BadMessage) else _bad("The first message is no hello."))
        line.end(Close.VERSION, "The first message is no hello.")
    return False


async def _next(websocket: WebSocket) -> str:
    """The text of the next frame; empty of one that holds bytes."""
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code") or 1006)
    return message.get("text") or ""


async def _hear(text: str, gateway: Gateway, line: Line) -> None:
    line.heard = time.monotonic()
    message = _message(text)
    match message:
        case Answer():
            if await gateway.answer(line, message):
                return
        case Ping():
            line.send(Pong())
        case Pong():
            pass
        case Hello():
            line.send(_welcome(line))
        case _:
            line.refuse(message)
            if len(text) > MAX_MESSAGE_BYTES:
                line.end(Close.TOO_BIG, message.what)
    line.idle()


def _message(text: str) -> bots.FromBot | ArenaError:
    """What a frame says, or what is wrong with it."""
    if len(text) > MAX_MESSAGE_BYTES:
        return _bad(f"A message has more than {MAX_MESSAGE_BYTES} bytes.")
    try:
        return bots.read(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return _bad(f"The message cannot be read: {error}.")


def _bad(what: str) -> BadMessage:
    return BadMessage(what, todo="See docs/bots.md for what may be sent.")


def _welcome(line: Line) -> Welcome:
    return Welcome(
        version=PROTOCOL, player=line.who.player, heartbeat_s=HEARTBEAT_S, max_bytes=MAX_MESSAGE_BYTES
    )  # fmt: skip


async def _write(websocket: WebSocket, line: Line) -> None:
    """Send what waits, until it is over; a bot that does not take it is cut off."""
    try:
        while True:
            waiting = await line.waiting.get()
            async with asyncio.timeout(SEND_S):
                if isinstance(waiting, Ended):
                    await websocket.close(waiting.code, waiting.why)
                    return
                await websocket.send_text(waiting)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        line.end(Close.SLOW, "It does not take what it is sent.")
