"""A rollout process's end of `trajectories:<job>`: asks how much it may start, and sends what was played."""

import secrets

from arena.core.bundling import Bundler
from arena.core.trajectory import Bundle, pack
from arena.stream.trajectories import Answer, Grant, Parcel, Trajectories


class Producer:
    """One process's producer, under a name of its own. Not for several threads.

    Every call tells how many trajectories are under way here; a producer that was not heard of for a minute counts as
    none. So call `admit(0)` now and then while long matches are played.
    """

    def __init__(self, log: Trajectories, host: str) -> None:
        self.name = f"{host[:150]}/{secrets.token_hex(8)}"
        self.running = 0
        """Trajectories granted and neither sent nor given back."""
        self.bundler = Bundler(log.job, -1, self.name)
        """Collects the trajectories of the generation that was granted last. What a former one left is forgotten."""
        self._log = log
        self._generation = -1

    def admit(self, wanted: int) -> Grant:
        """How many trajectories may be started now, up to `wanted`. A new generation forgets those under way."""
        grant = self._log.admit(self.name, wanted, self.running)
        if grant.generation != self._generation:
            self._generation = grant.generation
            self.bundler = Bundler(self._log.job, grant.generation, self.name)
            if self.running:
                self.running = 0
                grant = self._log.admit(self.name, wanted, 0)
        self.running += grant.granted
        return grant

    def send(self, bundle: Bundle) -> Answer:
        """Append a bundle; on `FULL` wait and send the same again, before any other.

        Raises:
            BadTrajectory: the bundle is too large for any reader.
        """
        count = len(bundle.trajectories)
        parcel = Parcel(bundle.producer, bundle.generation, bundle.first, count, pack(bundle))
        mine = bundle.generation == self._generation
        rest = max(0, self.running - count) if mine else self.running
        answer = self._log.append(parcel, rest)
        if answer is not Answer.FULL:
            self.running = rest
        return answer

    def give_back(self, count: int) -> None:
        """Trajectories that were granted and will not be sent: a match that failed."""
        self.running = max(0, self.running - count)
        self._log.admit(self.name, 0, self.running)
