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


@dataclass(frozen=True, slots=True)
class Sent:
    """One server-sent event; `id` is empty where it has none."""

    id: str
    event: str
    data: Any


def follow(http: httpx.Client, path: str, after: int | None) -> Iterator[FeedEvent]:
    """Events for ever, through lost connections.

    Raises:
        ClientError: the arena refuses the request.
    """
    for sent in _through(http, path, None if after is None else str(after)):
        if sent.id:
            yield FeedEvent(int(sent.id), sent.event, sent.data)


def follow_rows(http: httpx.Client, path: str, after: str | None) -> Iterator[dict[str, Any]]:
    """Rows until the event `end`, through lost connections. Raises as `follow` does."""
    for sent in _through(http, path, after):
        if sent.event == "end":
            return
        yield sent.data


def _through(http: httpx.Client, path: str, after: str | None) -> Iterator[Sent]:
    """What is sent, for ever: each connection goes on after the last id that the one before it saw."""
    while True:
        try:
            for sent in _connection(http, path, after):
                after = sent.id or after
                yield sent
        except httpx.TransportError:
            pass
        except ClientError as error:
            if error.status is None or error.status < 500:
                raise
        time.sleep(RETRY_S)


def _connection(http: httpx.Client, path: str, after: str | None) -> Iterator[Sent]:
    parameters = {} if after is None else {"after": after}
    timeout = httpx.Timeout(10.0, read=QUIET_S)
    headers = {"Accept": "text/event-stream"}
    with http.stream("GET", path, params=parameters, headers=headers, timeout=timeout) as answer:
        if answer.is_error:
            answer.read()
            raise refusal(answer)
        yield from parse(answer.iter_lines())


def parse(lines: Iterable[str]) -> Iterator[Sent]:
    """Events from the lines of a stream; comments and fields that are not known are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            yield Sent(fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"]))
        fields = {}
