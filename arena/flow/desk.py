"""The desk: the trusted process that schedules, settles, relays, buries and keeps. One loop a duty, each on its own.

A loop outlives an outage of PostgreSQL or Redis: it says so once, waits, and goes on.
"""

import logging
import threading
import time
from collections.abc import Callable

import redis
from sqlalchemy import Engine

from arena.core.errors import ServerFailed
from arena.core.settings import Settings
from arena.flow.calm import Calm
from arena.flow.notify import Notifier
from arena.flow.outage import AWAY
from arena.flow.prune import Upkeep
from arena.flow.qualify import Qualifier
from arena.flow.relay import Relay
from arena.flow.rest import Rest
from arena.flow.schedule import Scheduler
from arena.flow.settle import Settler
from arena.flow.uploads import Tidying
from arena.store import outbox, queue
from arena.stream.feed import RedisFeed
from arena.stream.presence import present
from arena.stream.results import RedisResults, backlog

log = logging.getLogger("arena.desk")

SCHEDULE_S = 2.0
RELAY_S = 0.01
QUALIFY_S = 0.5
BURY_S = 2.0
BLOCK_MS = 1000
KEEP_S = 3600.0
NEWS_S = 0.5
"""Between looks at the outbox when this process has told of nothing: the API writes to it too."""


class Desk:
    """All duties of the desk. `run` returns after `stop`."""

    def __init__(self, settings: Settings, engine: Engine, client: redis.Redis) -> None:
        self._stop = threading.Event()
        self._broken: str | None = None
        self._client = client
        self._attempts = settings.attempts
        self._calm = Calm(settings.lease_s, max(settings.lease_s / 2, 2 * BURY_S))
        self._engine = engine
        self._results = RedisResults(client)
        self._settler = Settler(engine, self._results, settings.settle_batch)
        self._relay = Relay(engine, RedisFeed(client, settings.feed_keep), settings.feed_keep)
        self._scheduler = Scheduler(engine, settings.pace, settings.daily, terms=settings.terms)
        self._qualifier = Qualifier(engine, settings.terms)
        self._rest = Rest(engine)
        self._upkeep = Upkeep(engine, settings.keep_days, self._stop)
        self._tidying = Tidying(engine, settings.artifacts)
        self._notifier = Notifier(engine, settings, self._stop)
        self._news = threading.Event()
        self._ticked = time.monotonic()

    def run(self) -> None:
        """Do every duty until `stop`.

        Raises:
            ServerFailed: a duty met what nobody foresaw. All of them end, so that whoever watches starts them again.
        """
        duties = {
            "settle": self._settle, "relay": self._forward, "schedule": self._schedule, "qualify": self._qualify,
            "bury": self._bury, "keep": self._keep, "notify": self._notifier.run,
        }  # fmt: skip
        threads = [threading.Thread(target=self._loop, args=item, name=item[0]) for item in duties.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._broken:
            what = f"The desk's duty to {self._broken} failed."
            raise ServerFailed(what, todo="Its log has the cause; it is safe to start the desk again.")

    def stop(self) -> None:
        """End every loop after its current step."""
        self._stop.set()
        self._news.set()

    def _loop(self, name: str, step: Callable[[], None]) -> None:
        away = False
        while not self._stop.is_set():
            try:
                step()
            except AWAY as error:
                if not away:
                    log.warning("%s waits: %s", name, str(error).strip().splitlines()[0])
                away = True
                self._results.again()
                self._relay.lost()
                self._stop.wait(0.2)
            except Exception:  # whatever it is, the other duties must not go on alone as if nothing were wrong
                log.exception("%s failed", name)
                self._broken = name
                self.stop()
            else:
                if away:
                    log.info("%s goes on", name)
                away = False

    def _settle(self) -> None:
        settled = self._settler.once(BLOCK_MS)
        if settled.accepted:
            self._news.set()
        if settled.refused:
            log.warning("refused %d results; see the findings of their matches", settled.refused)

    def _forward(self) -> None:
        self._news.wait(NEWS_S)
        self._news.clear()
        # Let a burst of settled batches gather: the feed is read by people, not by the pool.
        self._stop.wait(RELAY_S)
        self._relay.once()

    def _schedule(self) -> None:
        now = time.monotonic()
        self._scheduler.tick(now - self._ticked, present(self._client))
        self._ticked = now
        self._stop.wait(SCHEDULE_S)

    def _qualify(self) -> None:
        """Whoever has just submitted a player waits for this."""
        if self._qualifier.once(present(self._client)) + self._rest.once():
            self._news.set()
        self._stop.wait(QUALIFY_S)

    def _bury(self) -> None:
        self._stop.wait(BURY_S)
        if backlog(self._client):
            return  # a report that waits may be of a match that would be buried
        with self._engine.begin() as connection:
            if not self._calm.look(connection):
                return
            dead = queue.bury(connection, self._attempts)
            outbox.add(connection, [("match.given_up", {"match_id": str(i)}) for i in dead])
        for match_id in dead:
            log.error("match %s was given up after %d attempts", match_id, self._attempts)

    def _keep(self) -> None:
        self._upkeep.once()
        self._tidying.once()
        self._stop.wait(KEEP_S)
