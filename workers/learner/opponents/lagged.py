"""An older version of the learner's policy, drawn evenly from the pool: a guard against going in circles."""

from collections.abc import Mapping

from workers.learner.occupants import Current, Frozen, Pool, Sampler

PART = {"spec": {"type": "object", "properties": {}, "additionalProperties": False}}


def build(spec: Mapping[str, object]) -> Sampler:
    """Takes nothing: how often the pool takes a version in, and how many it keeps, stands in the spec's `pool`."""

    def occupant(pool: Pool, draw: float) -> Frozen | Current:
        return Frozen(pool.versions[int(draw * len(pool.versions))]) if pool.versions else Current()

    return occupant
