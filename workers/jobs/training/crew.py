"""A job's rollout hosts and its policy server: Ray actors in a placement group. One that dies is made anew."""

import logging
import time
from typing import Any

import msgspec
import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayTaskError
from ray.util.placement_group import placement_group, placement_group_table, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from arena.core.errors import ArenaError, Unreachable
from arena.core.settings import Settings
from workers.learner.spec import Spec
from workers.rollout.done import Done
from workers.rollout.host import RolloutHost
from workers.rollout.server import CALLS, PolicyServer

log = logging.getLogger("arena.jobs")
TURN_S = 1.0
"""How long a host works before it is heard of again."""
ROOM_S = 60.0
"""How long there may be no room for any host."""
SILENT_S = 5.0
"""A host that is not heard of for so long may be waiting for room: the cluster is asked."""
DEATHS = 5
"""A host that dies so often on end, before it has finished a turn, will not live."""


class HostsDie(Exception):
    """No host lives: the run has crashed, and is tried again as often as any."""


class _RolloutHost(RolloutHost):
    """Made in its first call: Ray gives what that raises as it was, but of what an actor's making raises the text."""

    def __init__(self, *arguments: Any) -> None:
        self._arguments = arguments

    def work(self, seconds: float, server: Any = None) -> Done:
        if self._arguments:
            super().__init__(*self._arguments)
            self._arguments = ()
        return super().work(seconds, server)


class _PolicyServer(PolicyServer):
    """Likewise: what its making raises is what its first work raises."""

    def __init__(self, *arguments: Any) -> None:
        self._wrong: ArenaError | None = None
        try:
            super().__init__(*arguments)
        except ArenaError as error:
            self._wrong = error

    async def refresh(self, least: int) -> tuple[int, list[int]] | None:
        return None if self._wrong else await super().refresh(least)

    async def work(self, seconds: float) -> Done:
        if self._wrong:
            raise self._wrong
        return await super().work(seconds)


class Crew:
    """Hosts anywhere in the cluster that this process has joined, and the policy server that a spec may ask for.

    When a node is lost, Ray looks for room elsewhere for those that were there; the other hosts play on meanwhile.

    Raises:
        Unreachable: the cluster has no room for them.
    """

    def __init__(self, settings: Settings, spec: Spec, job: str) -> None:
        self.sums = Done()
        """What all did so far, those that died left out from their last word on."""
        self.made = self.servers_made = 0
        self._arguments = (msgspec.to_builtins(spec), settings.redis_url, job)
        self._cpus = settings.host_cpus
        self._hosts = spec.rollout_hosts
        # The server, if there is one, has the last place.
        count = self._count = self._hosts + (spec.serving == "server")
        self._group = placement_group([{"CPU": self._cpus}] * count, strategy="SPREAD")
        try:
            ray.get(self._group.ready(), timeout=ROOM_S)
        except GetTimeoutError:
            remove_placement_group(self._group)
            raise self._no_room(count) from None
        self._actors = [self._make(place) for place in range(count)]
        self._under_way: dict[Any, int] = {}
        self._since, self._deaths = [0.0] * count, [0] * count
        self._asked_at, self._waiting = time.monotonic(), False
        for place in range(count):
            self._set_to_work(place)

    def look(self) -> None:
        """Hear those that have finished a turn, and set them to work again; replace those that died. Does not wait.

        Raises:
            ArenaError: what a host raised. Unreachable: there has been no room for any of them for a minute.
            HostsDie: one died again and again.
        """
        ready, _ = ray.wait(list(self._under_way), num_returns=len(self._under_way), timeout=0)
        for reference in ready:
            place = self._under_way.pop(reference)
            try:
                self.sums += ray.get(reference)
                self._deaths[place] = 0
            except RayActorError as error:
                self._replace(place, str(error).strip())
            except RayTaskError as error:
                raise (error.cause if isinstance(error.cause, ArenaError) else error) from None
            self._set_to_work(place)
        if time.monotonic() - self._asked_at > SILENT_S:
            self._ask_for_room()

    def close(self) -> None:
        """End all hosts. What they had under way is not sent."""
        for actor in self._actors:
            ray.kill(actor)
        remove_placement_group(self._group)

    def _set_to_work(self, place: int) -> None:
        self._since[place] = time.monotonic()
        server = self._actors[self._hosts :] if place < self._hosts else []
        self._under_way[self._actors[place].work.remote(TURN_S, *server)] = place

    def _replace(self, place: int, why: str) -> None:
        self._deaths[place] += 1
        who = f"rollout host {place}" if place < self._hosts else "the policy server"
        log.error("%s died: %s", who, why.splitlines()[0])
        if self._deaths[place] >= DEATHS:
            raise HostsDie(f"{who.capitalize()} died {DEATHS} times on end: {' '.join(why.split())}")
        ray.kill(self._actors[place])  # it may only be out of reach, and must not keep the room
        self._actors[place] = self._make(place)

    def _ask_for_room(self) -> None:
        """Ask about hosts that are silent; say what they wait for, and give up when all have waited for long."""
        now = self._asked_at = time.monotonic()
        silent = [now - since for since in self._since if now - since > SILENT_S]
        waiting = bool(silent) and placement_group_table(self._group)["state"] != "CREATED"
        if waiting and not self._waiting:
            count = len(self._since)
            log.warning("%d of %d hosts wait for room: the Ray cluster lost a node", len(silent), count)
        elif self._waiting and not waiting:
            log.warning("all hosts have room again")
        self._waiting = waiting
        if waiting and len(silent) == len(self._since) and min(silent) > ROOM_S:
            raise self._no_room(len(silent))

    def _no_room(self, count: int) -> Unreachable:
        fit = int(ray.available_resources().get("CPU", 0.0) // self._cpus)
        what = f"The Ray cluster has no room for {count} hosts of {self._cpus:g} CPUs: now {fit} would fit."
        server = " (one of them is the policy server)" if self._hosts < self._count else ""
        todo = f"Free some, launch it with fewer `rollout_hosts`{server}, or lower ARENA_HOST_CPUS; it tries again."
        return Unreachable(what, todo=todo)

    def _make(self, place: int) -> Any:
        where = PlacementGroupSchedulingStrategy(self._group, placement_group_bundle_index=place)
        options = {"num_cpus": self._cpus, "max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": where}
        if place < self._hosts:
            self.made += 1
            return ray.remote(**options)(_RolloutHost).remote(*self._arguments)
        self.servers_made += 1
        return ray.remote(**options, max_concurrency=CALLS)(_PolicyServer).remote(*self._arguments)
