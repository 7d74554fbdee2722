"""The pool: leases matches from PostgreSQL and keeps Ray match hosts full. One task a host; a dead host is replaced.

Ray retries nothing here: a lease that ends without a result puts its match back, under a higher fence.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
import ray
import redis
from ray.exceptions import RayActorError, RayError
from sqlalchemy import Connection, Engine

from arena.core.ids import new_id
from arena.core.settings import Settings
from arena.core.wire import MatchOrder, SeatOrder
from arena.flow.desk import AWAY
from arena.store import players, queue
from arena.store.players import Version
from arena.store.queue import Leased
from arena.stream.results import backlog
from workers.match.host import Exchange, Host

log = logging.getLogger("arena.pool")

IDLE_S = 0.25
"""Between looks at a queue that has been empty for `LULL_S`."""
LULL_S = 1.0
BUSY_S = 0.05
"""Between looks otherwise: what comes in evenly is not gathered into bursts."""
FULL_S = 1.0
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class _Hosted:
    """One host's actor and the leases it holds."""

    name: str
    actor: "ray.actor.ActorHandle"
    held: dict[str, int] = field(default_factory=dict[str, int])


class Pool:
    """Drives `settings.hosts` match hosts until `stop`."""

    def __init__(self, settings: Settings, engine: Engine, client: redis.Redis, redis_url: str) -> None:
        self._settings, self._engine, self._client, self._redis_url = settings, engine, client, redis_url
        self._id = str(new_id())[-8:]
        self._made = 0
        self._versions: dict[UUID, Version] = {}
        self._hosts: dict[int, _Hosted] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Keep every host busy; at the end give back what is still held."""
        duties = [self._drive(slot) for slot in range(self._settings.hosts)]
        await asyncio.gather(self._beat(), *duties)

    def stop(self) -> None:
        """End after the current exchanges."""
        self._stop.set()

    async def _drive(self, slot: int) -> None:
        host = self._hosts[slot] = self._make()
        last_busy = 0.0
        while not self._stop.is_set():
            try:
                busy = await self._round(host)
            except RayActorError as error:
                log.error("match host %s died: %s", host.name, str(error).splitlines()[0])
                await self._give_back(host)
                host = self._hosts[slot] = self._make()
            except (*AWAY, RayError) as error:
                log.warning("pool waits: %s", str(error).strip().splitlines()[0])
                await self._pause(0.5)
            else:
                last_busy = time.monotonic() if busy else last_busy
                if not busy:
                    await self._pause(BUSY_S if time.monotonic() - last_busy < LULL_S else IDLE_S)
        await self._give_back(host)

    async def _round(self, host: _Hosted) -> bool:
        """Lease what the host has room for, hand it over, take what is finished. Whether it has work."""
        orders = await asyncio.to_thread(self._lease, host)
        host.held.update((o.match_id, o.fence) for o in orders)
        if not host.held:
            return False
        # With room left, look for new matches again soon; when full, wait for one to finish.
        full = len(host.held) >= self._settings.host_matches
        reply: Exchange = await host.actor.exchange.remote(_encode(orders), FULL_S if full else BUSY_S)
        for match_id, fence in reply.finished:
            if host.held.get(match_id) == fence:
                del host.held[match_id]
        return True

    def _lease(self, host: _Hosted) -> list[MatchOrder]:
        settings = self._settings
        room = settings.host_matches - len(host.held)
        # A host that is nearly full waits for a fuller lease; a stuck settler stops the leasing altogether.
        if room < max(1, settings.host_matches // 4) or backlog(self._client) > 8 * settings.host_matches:
            return []
        with self._engine.begin() as connection:
            leased = queue.lease(connection, host.name, room, lease_s=settings.lease_s, attempts=settings.attempts)
            self._learn(connection, leased)
        return [self._order(m) for m in leased]

    def _learn(self, connection: Connection, leased: list[Leased]) -> None:
        """Fetch the player versions not seen before; they never change."""
        new = {seat for m in leased for seat in m.seats} - self._versions.keys()
        if new:
            self._versions.update((v.id, v) for v in players.versions(connection, ids=list(new)))

    def _order(self, m: Leased) -> MatchOrder:
        settings = self._settings
        seated = [self._versions[s] for s in m.seats]
        return MatchOrder(
            match_id=str(m.id), fence=m.fence, game=m.game, variant=m.variant, rounds=m.rounds,
            opening_plies=m.opening_plies, view=m.view, seed=m.seed,
            seats=[SeatOrder(str(v.id), v.kind, v.spec, v.label) for v in seated],
            ply_clock_ms=round(settings.ply_clock_s * 1000), match_clock_ms=round(settings.match_clock_s * 1000),
            illegal_budget=settings.illegal_budget,
        )  # fmt: skip

    async def _beat(self) -> None:
        """Prolong every lease held, three times in its life."""
        while not self._stop.is_set():
            await self._pause(self._settings.lease_s / 3)
            held = [(UUID(i), f) for host in self._hosts.values() for i, f in host.held.items()]
            if not held:
                continue
            try:
                await asyncio.to_thread(self._extend, held)
            except AWAY as error:
                log.warning("heartbeat missed: %s", str(error).strip().splitlines()[0])

    def _extend(self, held: list[tuple[UUID, int]]) -> None:
        with self._engine.begin() as connection:
            queue.extend(connection, held, lease_s=self._settings.lease_s)

    async def _give_back(self, host: _Hosted) -> None:
        """Return a host's leases now rather than let them run out."""
        held = [(UUID(i), f) for i, f in host.held.items()]
        host.held.clear()
        if held:
            try:
                await asyncio.to_thread(self._release, held)
            except AWAY as error:
                log.warning("leases of %s will run out: %s", host.name, str(error).strip().splitlines()[0])

    def _release(self, held: list[tuple[UUID, int]]) -> None:
        with self._engine.begin() as connection:
            queue.release(connection, held)

    def _make(self) -> _Hosted:
        self._made += 1
        name = f"{self._id}/{self._made}"
        remote = ray.remote(num_cpus=self._settings.host_cpus, max_restarts=0, max_task_retries=0, max_concurrency=8)
        return _Hosted(name, remote(Host).remote(name, self._redis_url))

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return
