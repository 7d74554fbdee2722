"""What a bot and the arena say to each other, over a WebSocket or by long polls: JSON, versioned. See docs/bots.md.

A message is an object with its `type`. Fields that are not known are passed over, so later versions may add some.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

PROTOCOL = 1
"""Raised when something changes that a bot cannot pass over."""
MAX_MESSAGE_BYTES = 65_536
RAW_KEPT = 8000
"""Characters of `raw` that a match keeps, and that go on to its referee."""
HEARTBEAT_S = 10.0

TurnId = Annotated[str, Meta(max_length=200, description="Names one turn; opaque to the bot.")]


class Said(Struct, kw_only=True):
    """What stands behind an action, for those who watch: kept with the match."""

    raw: Annotated[
        str,
        Meta(max_length=32_000, description=f"What a model wrote, with the action in it; {RAW_KEPT:,} are kept."),
    ] = ""
    prompt_tokens: Annotated[int, Meta(ge=0, lt=2**31)] = 0
    completion_tokens: Annotated[int, Meta(ge=0, lt=2**31)] = 0


class Hello(Struct, tag="hello", tag_field="type", kw_only=True):
    """The bot's first message on a WebSocket."""

    version: Annotated[int, Meta(description="The version of this protocol that the bot speaks.")]
    client: Annotated[str, Meta(max_length=200, description="What it is, for the arena's log.")] = ""


class Answer(Struct, tag="answer", tag_field="type", kw_only=True):
    """The bot's answer to a turn: an action (or `resign`), or an error, with which it gives the match up."""

    turn: TurnId
    action: Annotated[str, Meta(max_length=16_000)] = ""
    said: Said | None = None
    error: Annotated[str, Meta(max_length=2_000, description="Why there is no action: the seat forfeits.")] = ""


class Ping(Struct, tag="ping", tag_field="type"):
    """Is anybody there? Either side may ask; the arena does every `heartbeat_s`."""


class Pong(Struct, tag="pong", tag_field="type"):
    """Yes."""


class Welcome(Struct, tag="welcome", tag_field="type", kw_only=True):
    """The arena's first message: the bot is connected, and will be given turns."""

    version: Annotated[int, Meta(description="The version of this protocol that the arena speaks.")]
    player: str
    heartbeat_s: Annotated[float, Meta(description="How often the arena pings; two unanswered end the connection.")]
    max_bytes: Annotated[int, Meta(description="The longest message that the arena takes.")]


class YourTurn(Struct, tag="turn", tag_field="type", kw_only=True):
    """It is the bot's turn in a match. The same turn may come again after a connection was lost: it has one answer."""

    turn: TurnId
    match: Annotated[str, Meta(description="The match's id.")]
    game: str
    variant: str
    rounds: Annotated[int, Meta(description="Rounds of the game in this match.")]
    seat: int
    ply: Annotated[int, Meta(description="How many actions the match has seen.")]
    view: Annotated[str, Meta(description="The state as this seat may know it.")]
    legal: Annotated[list[str], Meta(description="The legal actions; where texts are free, some of them.")]
    clock_s: Annotated[float, Meta(description="Seconds left for this action, when it was sent.")]
    attempt: Annotated[int, Meta(description="1; more when the last answer was not legal.")] = 1
    refused: Annotated[str | None, Meta(description="The answer that was not legal.")] = None
    rules: Annotated[str | None, Meta(description="How to play; with a match's first turn on a connection.")] = None


class Over(Struct, tag="over", tag_field="type", kw_only=True):
    """A match is over. It is sent once, to who is connected then: the API tells every result."""

    match: str
    seat: int
    score: float
    rank: Annotated[int, Meta(description="1 is best; 0 where the match is void, and played again.")]
    stop: Annotated[str, Meta(description="Why it ended for this seat: win, loss, draw, timeout, …")]


class Error(Struct, tag="error", tag_field="type", kw_only=True):
    """Something that the bot sent cannot be used. The connection stays; many of them end it."""

    code: Annotated[str, Meta(description="Stable.")]
    what: str
    todo: str
    turn: Annotated[str | None, Meta(description="The turn it was about.")] = None


FromBot = Hello | Answer | Ping | Pong
FromArena = Welcome | YourTurn | Over | Error | Ping | Pong

_decoder = msgspec.json.Decoder(FromBot)
_encoder = msgspec.json.Encoder()


def read(text: str | bytes) -> FromBot:
    """A message from a bot.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    return _decoder.decode(text)


def write(message: FromArena) -> str:
    """A message to a bot."""
    return _encoder.encode(message).decode()
