"""The learner's own newest policy in every seat: each seat yields a trajectory."""

from collections.abc import Mapping

from workers.learner.occupants import Current, Pool, Sampler

PART = {"spec": {"type": "object", "properties": {}, "additionalProperties": False}}


def build(spec: Mapping[str, object]) -> Sampler:
    """Takes nothing."""

    def occupant(pool: Pool, draw: float) -> Current:
        return Current()

    return occupant
