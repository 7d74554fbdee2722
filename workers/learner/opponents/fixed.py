"""An agent that never learns, by kind and spec: an anchor such as `minimax`, or a teacher such as `random`."""

from collections.abc import Mapping
from typing import cast

from workers.learner.occupants import Named, Pool, Sampler

PART = {
    "spec": {
        "type": "object",
        "properties": {"agent": {"type": "string"}, "spec": {"type": "object"}},
        "required": ["agent"],
        "additionalProperties": False,
    },
    "names": [
        {
            "at": "", "what": "player kind", "by": "agent", "package": "workers.agents", "literal": "KIND",
            "games": "games.*",
        },
    ],
}  # fmt: skip


def build(spec: Mapping[str, object]) -> Sampler:
    """`agent`: a kind under `workers/agents`; `spec`: its own."""
    named = Named(cast(str, spec["agent"]), cast(dict[str, object], spec.get("spec", {})))

    def occupant(pool: Pool, draw: float) -> Named:
        return named

    return occupant
