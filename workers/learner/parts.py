"""The plug-ins of learning, by kind: one file each, listed without importing torch; and where a spec names them.

Each file has a literal `PART` (`spec`, the JSON schema of its parameters; what else it may have is told in
`arena.flow.names`), and `build(...)`.
"""

from typing import Any

from arena.core.errors import UnknownPart
from arena.core.registry import Registry

ADVANTAGES = Registry("advantage", ("workers.learner.advantages",), UnknownPart)
LOSSES = Registry("loss", ("workers.learner.losses",), UnknownPart)
REGULARISERS = Registry("regulariser", ("workers.learner.regularisers",), UnknownPart)
OPPONENTS = Registry("opponent", ("workers.learner.opponents",), UnknownPart)
AVERAGES = Registry("average", ("workers.learner.averages",), UnknownPart)
EVALUATIONS = Registry("evaluation", ("workers.learner.evaluations",), UnknownPart)


def _part(at: str, registry: Registry, **more: str) -> dict[str, str]:
    return {"at": at, "what": registry.what, "package": registry.packages[0], **more}


FIRST = "games.0"
"""What is measured is the first game of the mixture."""
NAMES: list[dict[str, Any]] = [
    {"at": "games.*", "what": "game", "by": "name"},
    {
        "at": "policy", "what": "policy backend", "by": "backend", "default": "tiny",
        "package": "workers.policy.backends", "literal": "BACKEND",
    },
    _part("opponents.*", OPPONENTS, default="mirror"),
    _part("learning.advantage", ADVANTAGES),
    _part("learning.loss", LOSSES),
    _part("learning.regularisers.*", REGULARISERS),
    _part("learning.average", AVERAGES, games=FIRST),
    _part("evaluations.*", EVALUATIONS, games=FIRST),
    _part("guard.watch", EVALUATIONS, among="evaluations.*", better="guard.better"),
]  # fmt: skip
"""What a training spec names, as `arena.flow.names` has it."""
RATED = {"variant": "standard", "mode": "choose"}
"""How a player is rated in any game. A checkpoint is submitted for the games that were trained so."""
PLAYER: dict[str, Any] = {
    "name": ["checkpoints.player", "name"], "unless_false": "checkpoints.promote",
    "games": "games.*", "rated": RATED,
}  # fmt: skip
"""The player that a job makes: where its name stands, what says that there is to be one, and which games it is for."""
BATCH: dict[str, Any] = {
    "matches": ["learning.matches", 1024], "bundles": ["learning.bundles", 1], "opponents": "opponents.*",
    "games": "games.*", "mirror": "mirror",
}  # fmt: skip
"""What an update is made of, as `arena.flow.batch` has it."""
