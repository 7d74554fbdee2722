"""A job's rollout hosts and its policy server: Ray actors in a placement group. One that dies is made anew."""

import logging
from dataclasses import dataclass, fields
from typing import Any

import msgspec
import ray
from ray.exceptions import GetTimeoutError, RayActorError
from ray.util.placement_group import placement_group, remove_placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from arena.core.errors import Unreachable
from arena.core.settings import Settings
from workers.learner.spec import Spec
from workers.rollout.done import Done
from workers.rollout.host import RolloutHost
from workers.rollout.server import CALLS, PolicyServer

log = logging.getLogger("arena.jobs")
TURN_S = 1.0
"""How long a host works before it is heard of again."""
ROOM_S = 60.0


@dataclass
class Sums:
    """What all hosts did so far, those that died left out from their last word on."""

    matches: int = 0
    trajectories: int = 0
    busy_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    tokens: int = 0

    def add(self, done: Done) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(done, field.name))

    @property
    def busy_share(self) -> float:
        """Of the hosts' time, what was spent on playing."""
        return self.busy_s / self.wall_s if self.wall_s else 0.0


class Crew:
    """Hosts anywhere in the cluster that this process has joined, and the policy server that a spec may ask for.

    Raises:
        Unreachable: the cluster has no room for them.
    """

    def __init__(self, settings: Settings, spec: Spec, job: str) -> None:
        self.sums = Sums()
        self.made = self.servers_made = 0
        self._arguments = (msgspec.to_builtins(spec), settings.redis_url, job)
        self._cpus = settings.host_cpus
        self._hosts = spec.rollout_hosts
        count = self._hosts + (spec.serving == "server")  # the server, if there is one, has the last place
        self._group = placement_group([{"CPU": self._cpus}] * count, strategy="SPREAD")
        try:
            ray.get(self._group.ready(), timeout=ROOM_S)
        except GetTimeoutError:
            remove_placement_group(self._group)
            what = f"The Ray cluster has no room for {count} processes of {self._cpus:g} CPUs."
            raise Unreachable(what, todo="Free some, or ask for fewer hosts; the job tries again.") from None
        self._actors = [self._make(place) for place in range(count)]
        self._under_way: dict[Any, int] = {}
        for place in range(count):
            self._set_to_work(place)

    def look(self) -> None:
        """Hear those that have finished a turn, and set them to work again; replace those that died. Does not wait."""
        ready, _ = ray.wait(list(self._under_way), num_returns=len(self._under_way), timeout=0)
        for reference in ready:
            place = self._under_way.pop(reference)
            try:
                self.sums.add(ray.get(reference))
            except RayActorError as error:
                what = f"rollout host {place}" if place < self._hosts else "the policy server"
                log.error("%s died: %s", what, str(error).splitlines()[0])
                self._actors[place] = self._make(place)
            self._set_to_work(place)

    def close(self) -> None:
        """End all hosts. What they had under way is not sent."""
        for actor in self._actors:
            ray.kill(actor)
        remove_placement_group(self._group)

    def _set_to_work(self, place: int) -> None:
        server = self._actors[self._hosts :] if place < self._hosts else []
        self._under_way[self._actors[place].work.remote(TURN_S, *server)] = place

    def _make(self, place: int) -> Any:
        where = PlacementGroupSchedulingStrategy(self._group, placement_group_bundle_index=place)
        options = {"num_cpus": self._cpus, "max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": where}
        if place < self._hosts:
            self.made += 1
            return ray.remote(**options)(RolloutHost).remote(*self._arguments)
        self.servers_made += 1
        return ray.remote(**options, max_concurrency=CALLS)(PolicyServer).remote(*self._arguments)
