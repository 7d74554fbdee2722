"""The versions of a job's policy that its matches are played with, held in this process."""

import copy
from typing import Protocol

from arena.stream.weights import Weights as Published
from workers.learner.occupants import Pool
from workers.learner.spec import Spec
from workers.policy.inference import Held, Inference
from workers.policy.policy import Policy, build
from workers.policy.weights import unpack


class Left(Exception):
    """A version has left the pool."""


class Policies(Protocol):
    """Wherever they are held."""

    pool: Pool

    @property
    def newest(self) -> Inference:
        """The policy that learns."""
        ...

    @property
    def tokens_seen(self) -> int:
        """Tokens that the newest has passed forward in this process so far."""
        ...

    def older(self, version: int) -> Inference:
        """A version of the pool, which is played against. Asking for it, or asking it, may raise `Left`."""
        ...


class Copies:
    """Copies of the learner's policy, old and new."""

    def __init__(self, policy: Policy, pool: Pool) -> None:
        self.pool = pool
        self.newest = Held(policy)

    @property
    def tokens_seen(self) -> int:
        return self.newest.policy.tokens_seen

    def older(self, version: int) -> Held:
        """Raises `Left`."""
        if version not in self.pool.members:
            raise Left(f"Version {version} has left the pool.")
        policy = copy.deepcopy(self.newest.policy)  # shares what never changes, and reads no model anew
        policy.load(self.pool.members[version], version)
        return Held(policy)


class Followed(Copies):
    """Copies that are kept level with what the learner publishes."""

    def __init__(self, spec: Spec, published: Published) -> None:
        policy = build(spec.policy.backend, spec.policy.spec, spec.seed, spec.policy.device)
        super().__init__(policy, Pool(spec.pool.every, spec.pool.size))
        self._published = published
        self._version = -1

    def refresh(self, least: int) -> bool:
        """Take over the newest weights; False while those of version `least` or later are not there.

        Raises one of `arena.stream.redis.LOST`.
        """
        if self._version >= least and self._published.version() == self._version:
            return True
        found = self._published.newest()
        if found is None or found[0] < least:
            return False
        version, blob = found
        self.newest.load(unpack(blob), version)
        members, there = self.pool.members, self._published.pool()
        for gone in members.keys() - set(there):
            del members[gone]
        for new in sorted(set(there) - members.keys()):
            if (older := self._published.older(new)) is not None:
                members[new] = unpack(older)
        self._version = version  # last: what failed half-way is done again
        return True
