"""Behaviour cloning: KL from a solver's equilibrium to the policy, in the positions that play meets.

With the loss `none` it is plain imitation. For small hidden games for two.
"""

from collections.abc import Mapping
from typing import Any

from workers.learner.regulariser import Weight
from workers.learner.solver import Solved
from workers.learner.teacher import Taught, taught_game

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "game": {"type": "string"},
            "variant": {"type": "string", "default": "standard"},
            "view": {"type": "string", "default": "compact"},
            "prompt": {"enum": ["view", "named", "listed", "told"], "default": "view"},
            "weight": {"type": "number", "minimum": 0, "default": 1},
            "last": {"type": "number", "minimum": 0, "default": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "required": ["game"],
        "additionalProperties": False,
    },
    "names": [
        {
            "at": "", "what": "regulariser 'solver'", "by": "game",
            "needs": {"engine": "openspiel", "seats": 2, "oracle": "cfr", "solved": 1}, "teaches": "games.*",
        },
    ],
}  # fmt: skip


def build(spec: Mapping[str, Any]) -> Taught:
    """`game`, `variant`, `view` and `prompt` as in the game trained on; `weight`, `last`, `anneal` as in `Weight`."""
    game = taught_game(spec)
    return Taught("solver", game, Solved(game), Weight.of(spec, 1.0))
