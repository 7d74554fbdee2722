"""A rollout host's end of a policy server: the versions of a job's policy, none of them held here."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import ray

from workers.learner.occupants import Pool
from workers.learner.spec import Spec
from workers.policy.inference import Position, Scored, Written


class Served:
    """A call a batch. Every call raises `ray.exceptions.RayActorError` when the server dies, and `Left`.

    Args:
        get: waits for the answer to a call.
    """

    def __init__(self, spec: Spec, get: Callable[[Any], Any] = ray.get) -> None:
        self.pool = Pool(spec.pool.every, spec.pool.size)
        self.newest = Asked(self, None)
        self.server: Any = None
        """The actor's handle: another after it has died."""
        self.version = -1
        self.tokens_seen = 0  # the server counts its own
        self.get = get

    def older(self, version: int) -> "Asked":
        """The version of the pool that is played against."""
        return Asked(self, version)

    def refresh(self, least: int) -> bool:
        """Whether the server answers with version `least` or later; then `version` and `pool` are those it has now."""
        found = self.get(self.server.refresh.remote(least))
        if found is not None:
            self.version, members = found
            self.pool.members = OrderedDict((version, {}) for version in members)
        return found is not None


class Asked:
    """One version there, or whichever is the newest."""

    def __init__(self, served: Served, version: int | None) -> None:
        self._served, self._asks = served, version

    @property
    def version(self) -> int:
        return self._served.version if self._asks is None else self._asks

    def score(self, positions: Sequence[Position]) -> list[Scored]:
        return self._served.get(self._served.server.score.remote(self._asks, list(positions)))

    def write(self, prompts: Sequence[str], stop: str, max_tokens: int, rng: np.random.Generator) -> list[Written]:
        seed = int(rng.integers(2**63))
        return self._served.get(self._served.server.write.remote(self._asks, list(prompts), stop, max_tokens, seed))
