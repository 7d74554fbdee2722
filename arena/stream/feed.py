"""The `feed` stream: what happened, numbered by the relay. An entry's id is `<feed_seq>-0`, so a repeat is refused."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

import redis
import redis.asyncio as aio
from redis.exceptions import ResponseError

from arena.stream.redis import FEED
from arena.stream.results import entries

OWNER = "feed:database"


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered event."""

    seq: int
    event: str
    data: dict[str, Any]


class Feed(Protocol):
    """What the relay needs of the stream."""

    def last(self) -> int:
        """The highest number published, 0 when there is none."""
        ...

    def belong_to(self, database: str) -> None:
        """Empty the feed unless it already belongs to this database: another one's numbers mean other events."""
        ...

    def publish(self, events: list[Event]) -> None:
        """Append events in order. Those already there are left alone."""
        ...


class RedisFeed:
    """`Feed` on Redis, bounded to about `keep` entries."""

    def __init__(self, client: redis.Redis, keep: int) -> None:
        self._client = client
        self._keep = keep

    def last(self) -> int:
        try:
            info = self._client.xinfo_stream(FEED)
        except ResponseError as error:
            if "no such key" in str(error):
                return 0
            raise
        return number(info["last-generated-id"])

    def belong_to(self, database: str) -> None:
        if self._client.get(OWNER) != database.encode():
            with self._client.pipeline(transaction=True) as pipe:
                pipe.delete(FEED)
                pipe.set(OWNER, database)
                pipe.execute()

    def publish(self, events: list[Event]) -> None:
        with self._client.pipeline(transaction=False) as pipe:
            for e in events:
                fields: Any = {"event": e.event, "data": json.dumps(e.data)}
                pipe.xadd(FEED, fields, id=f"{e.seq}-0", maxlen=self._keep, approximate=True)
            for reply in pipe.execute(raise_on_error=False):
                if isinstance(reply, ResponseError) and "equal or smaller" in str(reply):
                    continue
                if isinstance(reply, Exception):
                    raise reply


async def read(client: aio.Redis, after: int, *, count: int, block_ms: int) -> list[Event]:
    """Events numbered above `after`, waiting up to `block_ms` for one."""
    reply = await client.xread({FEED: f"{after}-0"}, count=count, block=block_ms)
    return [Event(number(i), f[b"event"].decode(), json.loads(f[b"data"])) for i, f in entries(reply)]


def number(entry_id: bytes | str | None) -> int:
    """The feed number in a stream id."""
    text = entry_id.decode() if isinstance(entry_id, bytes) else entry_id or "0"
    return int(text.partition("-")[0])
