"""How many trajectories may be started, so that what is started can still be fresh when it is learnt from. Pure.

The rule is AReaL's (Fu et al. 2025, section 5.1): with `batch` trajectories a version, what is accepted and running
together must fit into the versions up to `max_staleness` after the current one.
"""

from dataclasses import dataclass

from arena.core.errors import BadSpec
from arena.core.trajectory import MAX_BYTES

MAX_ENTRIES = 100_000
"""In a stream, read or not."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A job's bounds. Written by the learner when it begins; read where producers ask and append."""

    batch: int
    """Trajectories a version is made of."""
    max_staleness: int
    """How many versions older than the learner's a turn's policy may be when it is learnt from."""
    max_running: int
    """Trajectories being played at once, on all hosts together."""
    max_bytes: int = 64_000_000
    """What may lie in the stream, read or not. The belt: admission keeps a sane job far below."""
    max_entries: int = MAX_ENTRIES

    def __post_init__(self) -> None:
        low = self.batch < 1 or self.max_running < 1 or self.max_staleness < 0
        # An entry may hold a single trajectory, and a batch must fit beside one that is not acknowledged yet.
        if low or self.max_bytes < 2 * MAX_BYTES or self.max_entries < 2 * self.batch:
            what = f"The bounds of a job's trajectories cannot be kept: {self}."
            todo = "At least 1 for batch and max_running, 0 for max_staleness, two batches of entries, "
            raise BadSpec(what, todo=f"{todo}{2 * MAX_BYTES} bytes.")


def capacity(rule: Rule, version: int, accepted: int, running: int) -> int:
    """How many more trajectories may be started; never below 0.

    `accepted` is what has arrived since version 0 and was not dropped: learnt from, in training or waiting.
    """
    fresh = (rule.max_staleness + version + 1) * rule.batch - (accepted + running)
    return max(0, min(rule.max_running - running, fresh))
