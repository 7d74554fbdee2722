"""notify: tell owners' webhooks what happened. Every event is queued once for each; each is told at least once.

An event is queued in the transaction that moves the reader on, and tried until it is taken, for about a day. One owner
has one delivery under way at a time: receivers that hang, however many, hold up nobody else.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine

from arena.core.errors import BadConfiguration, PingWaits
from arena.core.settings import Settings
from arena.core.vault import vault
from arena.flow.outward import Came, Outward
from arena.store import deliveries, outbox, players, webhooks
from arena.store.deliveries import Due

log = logging.getLogger("arena.notify")

EVENTS = {
    "player.qualified": "player.qualified", "player.rejected": "player.rejected", "match.settled": "match.finished",
    "case.opened": "case.opened",
}  # fmt: skip
"""What owners may be told of: the feed's names, and theirs."""
PING = "ping"
SEALED = "webhook"
"""The name under which secrets are sealed."""
PREFIX = "whsec_"
BATCH = 500
AT_ONCE = 64
"""Deliveries under way."""
WITHIN_S = 10.0
LEASE_S = 60.0
LOOK_S = 0.5
FIRST_S = 30
LONGEST_S = 3 * 3600
ATTEMPTS = 16
"""With waits of 30 s, doubled each time up to three hours: about 22 hours in all."""
REST_S = 300
"""How long the rest of a webhook waits, at most, after one of its deliveries has failed."""
EXPIRE_S = 60.0
"""Between looks for what is to be given up unsent."""
AGE_S = 86_400.0
WAITING = 1000
"""Deliveries of one webhook that may wait: a receiver that is down for long is told of the newest."""
GONE = 410
KEPT = timedelta(days=7)
"""How long what has ended can be looked at."""


def make_secret() -> str:
    """A fresh secret to sign with."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(secret: str, message_id: str, at: int, body: str) -> dict[str, str]:
    """The headers of a message, by the Standard Webhooks specification: HMAC-SHA256 over id, time and body."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    mac = hmac.new(key, f"{message_id}.{at}.{body}".encode(), hashlib.sha256).digest()
    return {
        "Content-Type": "application/json", "User-Agent": "self-play-arena", "webhook-id": message_id,
        "webhook-timestamp": str(at), "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }  # fmt: skip


def wait_s(attempts: int) -> int | None:
    """Seconds until the next try, after so many; None when it is given up."""
    return None if attempts >= ATTEMPTS else min(FIRST_S * 2 ** (attempts - 1), LONGEST_S)


def queue(connection: Connection) -> int:
    """Queue what the feed has told since the last time, for the webhooks that want it; gives how many events."""
    rows = outbox.after(connection, deliveries.held_place(connection), BATCH)
    if not rows:
        return 0
    wanted = [row for row in rows if row.event in EVENTS]
    owners = _owners(connection, wanted)
    hooks = deliveries.hooks_of(connection, {owner for of in owners for owner in of}) if wanted else []
    found: list[dict[str, Any]] = []
    for row, of in zip(wanted, owners, strict=True):
        event = EVENTS[row.event]
        mine = [h for h in hooks if h.owner_id in of and event in h.events and h.created_at <= row.created_at]
        body = _body(event, row.created_at.isoformat(), row.data, row.feed_seq)
        found += [{"webhook_id": hook.id, "seq": row.feed_seq, "event": event, "body": body} for hook in mine]
    deliveries.add(connection, found)
    deliveries.move(connection, rows[-1].feed_seq)
    return len(rows)


def ping(connection: Connection, hook_id: UUID, at: str) -> None:
    """Queue a message that says nothing, so that an owner sees whether it comes.

    Raises:
        PingWaits: the last one has not ended yet.
    """
    if deliveries.waits(connection, hook_id, PING):
        raise PingWaits("The last ping is still to be delivered.", todo="See the webhook's deliveries.")
    body = _body(PING, at, {"webhook_id": str(hook_id)}, None)
    deliveries.add(connection, [{"webhook_id": hook_id, "seq": None, "event": PING, "body": body}])


def _body(event: str, at: str, data: dict[str, Any], seq: int | None) -> str:
    return json.dumps({"type": event, "timestamp": at, "seq": seq, "data": data}, separators=(",", ":"))


def _owners(connection: Connection, rows: list[Any]) -> list[set[UUID]]:
    """Whom each event concerns: the owners of the player versions that it names."""
    named = [[UUID(one) for one in (row.data.get("version_id"), *row.data.get("seats", ())) if one] for row in rows]
    ids = list({one for of in named for one in of})
    owner = {v.id: v.owner_id for v in players.versions(connection, ids=ids)} if ids else {}
    return [{owner[one] for one in of if one in owner} for of in named]


class Notifier:
    """Queues and delivers, in an event loop of its own: `run` returns after `stop` is set."""

    def __init__(self, engine: Engine, settings: Settings, stop: threading.Event) -> None:
        self._engine, self._settings, self._stop = engine, settings, stop
        self._under_way: dict[UUID, asyncio.Task[None]] = {}

    def run(self) -> None:
        """Raises what the database raises when it is away; what was under way is tried again after its lease."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        outward = Outward(self._settings.endpoint_networks)
        try:
            expired_at = -EXPIRE_S
            while not self._stop.is_set():
                queued = self._do(queue)
                if time.monotonic() - expired_at >= EXPIRE_S:
                    self._do(partial(deliveries.expire, age_s=AGE_S, most=WAITING))
                    expired_at = time.monotonic()
                self._begin(outward)
                await self._wait(0.0 if queued == BATCH else LOOK_S)
        finally:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)
            self._under_way.clear()
            await outward.close()

    async def _wait(self, at_most_s: float) -> None:
        """Until something has ended, or for so long. Raises what a delivery raised: the database is away."""
        if not self._under_way:
            await asyncio.sleep(at_most_s)
            return
        done, _ = await asyncio.wait(
            self._under_way.values(), timeout=at_most_s, return_when=asyncio.FIRST_COMPLETED
        )  # fmt: skip
        self._under_way = {owner: task for owner, task in self._under_way.items() if task not in done}
        for task in done:
            task.result()

    def _begin(self, outward: Outward) -> None:
        room = AT_ONCE - len(self._under_way)
        if room > 0:
            for due in self._do(lambda c: deliveries.take(c, room, list(self._under_way), LEASE_S)):
                self._under_way[due.owner_id] = asyncio.ensure_future(self._deliver(outward, due))

    async def _deliver(self, outward: Outward, due: Due) -> None:
        try:
            # The vault is made anew each time: its file may have got another key meanwhile.
            secret = vault(self._settings).open(due.secret, str(due.webhook_id), SEALED)
        except BadConfiguration as error:
            came = Came(None, f"{error.what}")
            log.error("webhook %s cannot be told: %s", due.webhook_id, error)
        else:
            headers = signed(secret, str(due.id), int(time.time()), due.body)
            came = await outward.post(due.url, headers, due.body.encode(), WITHIN_S)
        self._do(lambda connection: _note(connection, due, came))

    def _do(self, step: Callable[[Connection], Any]) -> Any:
        """A short transaction. The loop waits for it: there is nothing to deliver without the database."""
        with self._engine.begin() as connection:
            return step(connection)


def _note(connection: Connection, due: Due, came: Came) -> None:
    told, wait = (came.status, came.why), wait_s(due.attempts)
    if came.status is not None and 200 <= came.status < 300:
        deliveries.delivered(connection, due, came.status)
    elif wait is None or not came.again or came.status == GONE:
        deliveries.dead(connection, due, told)
    else:
        deliveries.failed(connection, due, told, timedelta(seconds=wait), timedelta(seconds=min(wait, REST_S)))


def prune(connection: Connection) -> int:
    """Delete what ended long ago."""
    return deliveries.forget_old(connection, KEPT)


def register(connection: Connection, owner_id: UUID, target: tuple[str, list[str]], sealed: tuple[UUID, bytes]) -> None:
    """Append a webhook (`target`: URL and events; `sealed`: its id and secret), told of what comes from now on."""
    deliveries.held_place(connection)  # where it begins, should this be the first of all
    hook_id, secret = sealed
    webhooks.add(connection, hook_id, owner_id, target, secret)
