"""Expert iteration (arXiv 1705.08439): in the positions that self-play meets, learn what a search would do there.

For small open games. The targets are visit counts; the search knows the rules and no strategy.
"""

from collections.abc import Mapping
from typing import Any

from workers.learner.regulariser import Weight
from workers.learner.search import Searched
from workers.learner.teacher import Taught, taught_game

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "game": {"type": "string"},
            "variant": {"type": "string", "default": "standard"},
            "view": {"type": "string", "default": "compact"},
            "prompt": {"enum": ["view", "named", "listed", "told"], "default": "view"},
            "simulations": {"type": "integer", "minimum": 1, "maximum": 100000, "default": 200},
            "sharpen": {"type": "number", "exclusiveMinimum": 0, "maximum": 100, "default": 2},
            "weight": {"type": "number", "minimum": 0, "default": 1},
            "last": {"type": "number", "minimum": 0, "default": 0},
            "anneal": {"type": "integer", "minimum": 0, "default": 0},
        },
        "required": ["game"],
        "additionalProperties": False,
    },
    "names": [
        {
            "at": "", "what": "regulariser 'search'", "by": "game",
            "needs": {"engine": "openspiel", "information": "open", "chance": "none", "seats": 2, "oracle": "minimax"},
            "teaches": "games.*",
        },
    ],
}  # fmt: skip


def build(spec: Mapping[str, Any]) -> Taught:
    """`game`, `variant`, `view` and `prompt` as in the game trained on; `weight`, `last`, `anneal` as in `Weight`.

    Each position is searched with so many `simulations`; visit counts are raised to `sharpen`.
    """
    game = taught_game(spec)
    searched = Searched(game, spec.get("simulations", 200), spec.get("sharpen", 2), 0)
    return Taught("search", game, searched, Weight.of(spec, 1.0))
