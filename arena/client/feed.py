"""The live feed for a client: server-sent events, resumed after the last one seen when the connection breaks."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from arena.client.errors import ClientError, refusal

QUIET_S = 45.0
"""The arena speaks at least every 15 seconds; a connection silent for this long is taken for dead."""
RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event. `seq` is its place in the arena's one order: give it as `after` to resume behind it.

    A `feed.reset` stands in place of events that are no longer kept: read again what you know of the arena.
    """

    seq: int
    event: str
    data: dict[str, Any]


def follow(http: httpx.Client, path: str, after: int | None) -> Iterator[FeedEvent]:
    """Events for ever, through lost connections.

    Raises:
        ClientError: the arena refuses the request.
    """
    while True:
        try:
            for event in _connection(http, path, after):
                after = event.seq
                yield event
        except httpx.TransportError:
            pass
        except ClientError as error:
            if error.status is None or error.status < 500:
                raise
        time.sleep(RETRY_S)


def _connection(http: httpx.Client, path: str, after: int | None) -> Iterator[FeedEvent]:
    parameters = {} if after is None else {"after": after}
    timeout = httpx.Timeout(10.0, read=QUIET_S)
    with http.stream("GET", path, params=parameters, timeout=timeout) as answer:
        if answer.is_error:
            answer.read()
            raise refusal(answer)
        yield from parse(answer.iter_lines())


def parse(lines: Iterable[str]) -> Iterator[FeedEvent]:
    """Events from the lines of a stream; comments and fields that are not known are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "id" in fields and "data" in fields:
            yield FeedEvent(int(fields["id"]), fields.get("event", "message"), json.loads(fields["data"]))
        fields = {}
