"""The pool: leases matches from PostgreSQL and keeps Ray match hosts full. One task a host; a dead host is replaced.

Ray retries nothing here: a lease that ends without a result puts its match back, under a higher fence.
"""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from uuid import UUID

import msgspec
import ray
import redis
from ray.exceptions import RayActorError, RayError
from sqlalchemy import Connection, Engine

from arena.core.errors import BadConfiguration, ServerFailed
from arena.core.ids import new_id
from arena.core.settings import Settings
from arena.core.vault import vault
from arena.core.wire import MatchOrder, SeatOrder
from arena.flow.outage import AWAY
from arena.store import players, secrets
from arena.store.players import Version
from arena.store.queue import Leased
from arena.stream.results import Span, backlog, span
from workers.match import cluster
from workers.match.actor import HostActor
from workers.match.host import Exchange
from workers.match.leases import Leases

log = logging.getLogger("arena.pool")

IDLE_S = 0.5
"""Between looks at a queue that has been empty for `LULL_S`."""
LULL_S = 0.3
BUSY_S = 0.05
"""Between looks otherwise: what comes in evenly is not gathered into bursts."""
FULL_S = 1.0
CLUSTER_S = 30.0
SILENT_S = 45.0
"""A host answers within seconds, a new one within its start. When it does not, its cluster is gone: the pool ends."""
Sealed = dict[UUID, dict[str, bytes]]
_encode = msgspec.msgpack.Encoder().encode


@dataclass(slots=True)
class _Hosted:
    """One host's actor."""

    name: str
    actor: "ray.actor.ActorHandle"
    met: bool = False
    """Whether it has ever answered."""


class Pool:
    """Drives `settings.hosts` match hosts until `stop`."""

    def __init__(self, settings: Settings, engine: Engine, client: redis.Redis, redis_url: str) -> None:
        self._settings, self._engine, self._client, self._redis_url = settings, engine, client, redis_url
        self._id = str(new_id())[-8:]
        self._made = 0
        self._versions: dict[UUID, Version] = {}
        self._leases = Leases(engine, settings.lease_s)
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Keep every host busy; at the end give back what is still being played.

        Raises:
            ServerFailed: the cluster does not answer any more.
        """
        duties = [self._drive() for _ in range(self._settings.hosts)]
        await asyncio.gather(self._beat(), *duties)

    def stop(self) -> None:
        """End after the current exchanges."""
        self._stop.set()

    async def _drive(self) -> None:
        """Keep one host busy, and replace it when it dies."""
        host = self._make()
        last_busy = 0.0
        while not self._stop.is_set():
            try:
                busy = await self._round(host)
            except RayActorError as error:
                log.error("match host %s died: %s", host.name, str(error).splitlines()[0])
                await self._give_back(host, unplayed=False)
                await self._check_cluster()
                host = self._make()
            except RayError as error:
                log.error("match host %s failed: %s", host.name, str(error).strip().splitlines()[-1])
                await self._give_back(host, unplayed=False)
                await self._pause(0.5)
            except AWAY as error:
                log.warning("pool waits: %s", str(error).strip().splitlines()[0])
                await self._pause(0.5)
            else:
                last_busy = time.monotonic() if busy else last_busy
                if not busy:
                    await self._pause(BUSY_S if time.monotonic() - last_busy < LULL_S else IDLE_S)
        await self._give_back(host, unplayed=True)

    async def _check_cluster(self) -> None:
        """Raises `ServerFailed` when it is not a host that died but the cluster: nothing can be made in it any more."""
        try:
            async with asyncio.timeout(CLUSTER_S):
                alive = await asyncio.to_thread(cluster.alive)
        except (TimeoutError, RayError, OSError):
            alive = False
        if not alive:
            raise ServerFailed("The Ray cluster this pool had joined is gone.", todo="Start the pool again.")

    async def _round(self, host: _Hosted) -> bool:
        """Lease what the host has room for, hand it over, take what is finished. Whether it has work."""
        orders = await asyncio.to_thread(self._lease, host)
        self._leases.take(host.name, orders)
        under_way = self._leases.playing(host.name)
        if not under_way:
            return False
        # With room left, look for new matches again soon; when full, wait for one to finish.
        full = under_way >= self._settings.host_matches
        answer = host.actor.exchange.remote(_encode(orders), FULL_S if full else BUSY_S)
        try:
            async with asyncio.timeout(SILENT_S):
                reply: Exchange = await answer
        except TimeoutError:
            raise self._silent(host) from None
        host.met = True
        self._leases.finished(reply.finished)
        return True

    def _silent(self, host: _Hosted) -> ServerFailed:
        if host.met:
            what = f"Match host {host.name} has not answered for {SILENT_S:.0f} s."
            return ServerFailed(what, todo="Start the pool again; see whether Ray still runs.")
        hosts, cpus = self._settings.hosts, self._settings.host_cpus
        return ServerFailed(
            f"Match host {host.name} has not begun within {SILENT_S:.0f} s. "
            f"The pool asks Ray for {cpus:g} CPUs for each of {hosts} hosts.",
            todo="See `ray status`: if there is no room, add nodes or lower ARENA_HOSTS or ARENA_HOST_CPUS. "
            "Then start the pool again.",
        )

    def _lease(self, host: _Hosted) -> list[MatchOrder]:
        settings = self._settings
        room = settings.host_matches - self._leases.playing(host.name)
        # A host that is nearly full waits for a fuller lease; a stuck settler stops the leasing altogether.
        if room < max(1, settings.host_matches // 4) or backlog(self._client) > 8 * settings.host_matches:
            return []
        with self._engine.begin() as connection:
            leased = self._leases.lease(connection, host.name, room, settings.attempts)
            self._learn(connection, leased)
            # Each time: unlike versions they do change.
            sealed = secrets.sealed(connection, {seat for m in leased for seat in m.seats}) if leased else {}
        return [order for m in leased if (order := self._order(m, sealed))]

    def _learn(self, connection: Connection, leased: list[Leased]) -> None:
        """Fetch the player versions not seen before; they never change."""
        new = {seat for m in leased for seat in m.seats} - self._versions.keys()
        if new:
            self._versions.update((v.id, v) for v in players.versions(connection, ids=list(new)))

    def _order(self, m: Leased, sealed: Sealed) -> MatchOrder | None:
        """The match as a host plays it. None where the arena cannot open a seat's secrets, which is no player's
        fault: the lease runs out, and the match is tried again or given up."""
        seated = [self._versions[s] for s in m.seats]
        try:
            told = [self._opened(v.id, sealed.get(v.id, {})) for v in seated]
        except BadConfiguration as error:
            log.error("match %s cannot be played: %s", m.id, error)
            return None
        return MatchOrder(
            match_id=str(m.id), fence=m.fence, game=m.game, variant=m.variant, rounds=m.rounds,
            opening_plies=m.opening_plies, view=m.view, seed=m.seed,
            seats=[SeatOrder(str(v.id), v.kind, v.spec, v.label, t) for v, t in zip(seated, told, strict=True)],
            ply_clock_ms=m.ply_clock_ms, match_clock_ms=m.match_clock_ms, illegal_budget=m.illegal_budget,
        )  # fmt: skip

    def _opened(self, version_id: UUID, sealed: dict[str, bytes]) -> dict[str, str]:
        if not sealed:
            return {}
        safe = vault(self._settings)  # made anew: its file may have got another key meanwhile
        return {name: safe.open(blob, str(version_id), name) for name, blob in sealed.items()}

    async def _beat(self) -> None:
        """Prolong every lease, three times in its life, as long as there is a cluster to play in."""
        while not self._stop.is_set():
            await self._pause(self._settings.lease_s / 3)
            await self._check_cluster()
            try:
                stuck = await asyncio.to_thread(self._leases.beat, self._span)
            except AWAY as error:
                log.warning("heartbeat missed: %s", str(error).strip().splitlines()[0])
                continue
            for match_id in stuck:
                log.error("match %s took longer than all of its clocks; its lease may end", match_id)

    def _span(self) -> Span | None:
        try:
            return span(self._client)
        except AWAY:
            return None

    async def _give_back(self, host: _Hosted, *, unplayed: bool) -> None:
        try:
            await asyncio.to_thread(self._leases.give_back, host.name, unplayed=unplayed)
        except AWAY as error:
            log.warning("leases of %s will run out: %s", host.name, str(error).strip().splitlines()[0])

    def _make(self) -> _Hosted:
        self._made += 1
        name = f"{self._id}/{self._made}"
        remote = ray.remote(
            num_cpus=self._settings.host_cpus, max_restarts=0, max_task_retries=0, max_concurrency=8,
            scheduling_strategy="SPREAD",  # over the nodes: one that is lost then costs as few hosts as can be
        )  # fmt: skip
        told = {"log_json": self._settings.log_json, "private_endpoints": self._settings.private_endpoints}
        return _Hosted(name, remote(HostActor).remote(name, self._redis_url, **told))

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
