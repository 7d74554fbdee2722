"""Turns of players that connect outwards: from the match host that asks to the gateway that holds the connection.

A turn that waits for its answer lies in a hash of its player version, and is told on that version's channel: the hash
is the truth, the channel only says that there is news. So a gateway that begins to listen reads the hash first, and
whatever was told while nobody listened is not lost. An answer takes its turn out of the hash and goes to the inbox of
the host that asked, in one step: of several answers to one turn only the first is taken.
"""

import logging
from typing import Any

import msgspec
from msgspec import Struct

from arena.core.bots import Over, YourTurn
from arena.core.wire import Said
from arena.stream.batched import Batched, Command

log = logging.getLogger("arena.bots")

GATEWAYS = "gateways"
"""The channel that every gateway listens to: how many do is how many there are."""
INBOX_KEPT_MS = 600_000
INBOX_MAX = 2000
"""Answers that wait for their host, the newest: it takes them out as it reads, and no turn has two."""
TURNS_KEPT_MS = 24 * 3600 * 1000
TAKE = """
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'given', ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
"""


class Asked(Struct, frozen=True, array_like=True, tag=True):
    """A turn that waits. Written by the match host; read by the gateway."""

    version_id: str
    fence: int
    inbox: str
    """Where the answer goes."""
    at: float
    """Unix seconds, by the clock of Redis: so host and gateway agree on it."""
    until: float
    """After it nobody waits any more."""
    turn: YourTurn


class Told(Struct, frozen=True, array_like=True, tag=True):
    """How a match ended. Written by the match host; read by the gateway, if one listens."""

    over: Over


class Claimed(Struct, frozen=True, array_like=True, tag=True):
    """A connection says that the player is its own. Written by the gateway that has it; read by the others."""

    line_id: str
    since: int
    """When it came, in microseconds by the clock of Redis: so all agree which one is newer."""


class Given(Struct, frozen=True, array_like=True):
    """The answer to a turn. Written by the gateway; read by the host that asked."""

    turn: str
    action: str
    said: Said
    error: str = ""
    """Why there is no action."""


News = Asked | Told | Claimed

_encoder = msgspec.msgpack.Encoder()
_asked = msgspec.msgpack.Decoder(Asked)
_news = msgspec.msgpack.Decoder(News)
_given = msgspec.msgpack.Decoder(Given)


def channel(version_id: str) -> str:
    """Where news for a player version is told."""
    return f"turns:news:{version_id}"


def version_of(name: str) -> str:
    """The version whose channel this is."""
    return name.rpartition(":")[2]


def read_news(blob: bytes) -> News:
    """News from a channel."""
    return _news.decode(blob)


def read_given(blob: bytes) -> Given:
    """An answer from an inbox."""
    return _given.decode(blob)


def _hash(version_id: str) -> str:
    return f"turns:{version_id}"


async def put(redis: Batched, asked: Asked) -> None:
    """Have a turn wait, and tell of it. Doing it again changes nothing."""
    blob, key = _encoder.encode(asked), _hash(asked.version_id)
    await redis.run(
        ("HSET", key, asked.turn.turn, blob),
        ("PEXPIRE", key, TURNS_KEPT_MS),
        ("PUBLISH", channel(asked.version_id), blob),
    )


async def withdraw(redis: Batched, version_id: str, turn: str) -> None:
    """Nobody waits for an answer to this any more."""
    await redis.run(("HDEL", _hash(version_id), turn))


async def tell(redis: Batched, version_id: str, news: Told | Claimed) -> None:
    """Say it to whoever listens now."""
    await redis.run(("PUBLISH", channel(version_id), _encoder.encode(news)))


async def waiting(redis: Batched, version_ids: list[str]) -> list[Asked]:
    """The turns of these versions that wait for an answer and still may have one; forgets the others."""
    found: list[Any] = await redis.run(("TIME",), *(("HGETALL", _hash(v)) for v in version_ids))
    seconds, micros = found[0]
    now = int(seconds) + int(micros) / 1e6
    good: list[Asked] = []
    over: list[Command] = []
    for version_id, turns in zip(version_ids, found[1:], strict=True):
        for turn, blob in turns.items():
            asked = _read_asked(version_id, blob)
            if asked is None or asked.until < now:
                over.append(("HDEL", _hash(version_id), turn))
            else:
                good.append(asked)
    if over:
        await redis.run(*over)
    return good


async def find(redis: Batched, version_ids: list[str], turn: str) -> Asked | None:
    """One turn of these versions, if it waits."""
    found: list[Any] = await redis.run(*(("HGET", _hash(v), turn) for v in version_ids))
    held = [(v, blob) for v, blob in zip(version_ids, found, strict=True) if blob is not None]
    return _read_asked(*held[0]) if held else None


def _read_asked(version_id: str, blob: bytes) -> Asked | None:
    """A turn from its hash; None, and logged, where it cannot be read: the others must not wait for it."""
    try:
        return _asked.decode(blob)
    except msgspec.MsgspecError as error:
        log.warning("a turn of %s that cannot be read: %s", version_id, error)
        return None


async def take(redis: Batched, asked: Asked, given: Given) -> bool:
    """Answer a turn; whether this is its answer. It is not where it has one already, or nobody waits any more."""
    blob = _encoder.encode(given)
    script = ("EVAL", TAKE, 2, _hash(asked.version_id), asked.inbox, given.turn, blob, INBOX_MAX, INBOX_KEPT_MS)
    return (await redis.run(script)) == [1]


async def listening(redis: Batched, version_ids: list[str]) -> tuple[int, set[str]]:
    """How many gateways there are, and for which of these versions one listens."""
    names = [GATEWAYS, *map(channel, version_ids)]
    (reply,) = await redis.run(("PUBSUB NUMSUB", *names))
    counts = [count for _, count in reply]
    return counts[0], {v for v, count in zip(version_ids, counts[1:], strict=True) if count}
