"""No average is kept."""

from collections.abc import Mapping, Sequence

from workers.learner.average import Average
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {"spec": {"type": "object", "properties": {}, "additionalProperties": False}}


class Nothing(Average):
    """Remembers nothing."""

    def update(self, policy: Policy, update: int) -> None:
        return None


def build(spec: Mapping[str, object], games: Sequence[Game]) -> Nothing:
    """Takes nothing."""
    return Nothing()
