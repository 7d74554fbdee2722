"""Results against frozen agents, by kind and spec, in seeded matches with the seats averaged: for games of any size.

They are samples: `error` is the standard error of the score. Matches are those that the job's first game says, in its
rounds, openings, view and prompt: in another format the policy would meet prompts that it was never taught to read.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from arena.core.chance import derive
from workers.learner.average import Average
from workers.learner.contest import Contest, Floats
from workers.learner.evaluation import Measure
from workers.learner.occupants import Named
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {
    "spec": {
        "type": "object",
        "properties": {
            "agents": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 16,
                "propertyNames": {"pattern": "^[a-z0-9_]{1,40}$"},
                "additionalProperties": {
                    "type": "object",
                    "properties": {"agent": {"type": "string"}, "spec": {"type": "object"}},
                    "required": ["agent"],
                    "additionalProperties": False,
                },
            },
            "matches": {"type": "integer", "minimum": 2, "maximum": 10000, "default": 100},
        },
        "required": ["agents"],
        "additionalProperties": False,
    },
    "numbers": {
        "score_vs_*": "high", "win_vs_*": "high", "loss_vs_*": "low", "draw_vs_*": "", "error_vs_*": "",
        "score_vs_*_average": "high", "win_vs_*_average": "high", "loss_vs_*_average": "low",
        "draw_vs_*_average": "", "error_vs_*_average": "",
    },
    "each": "agents",
    "names": [
        {
            "at": "agents.*", "what": "player kind", "by": "agent", "package": "workers.agents", "literal": "KIND",
            "games": "games.0",
        },
    ],
}  # fmt: skip


def numbers(scores_RSS: Floats) -> dict[str, float]:
    """Shares of wins, draws and losses, the mean score, and its standard error.

    Args:
        scores_RSS: every seat's score, by round, the policy's own seat, and seat. The best score wins; a shared best
            is a draw.
    """
    own_RS = np.diagonal(scores_RSS, axis1=1, axis2=2)
    best_RS, shared_RS = scores_RSS.max(2), (scores_RSS == scores_RSS.max(2, keepdims=True)).sum(2) > 1
    top_RS = own_RS == best_RS
    rounds_R = own_RS.mean(1)  # a round's matches share their deal: only rounds are independent
    return {
        "win": float((top_RS & ~shared_RS).mean()),
        "draw": float((top_RS & shared_RS).mean()),
        "loss": float((~top_RS).mean()),
        "score": float(rounds_R.mean()),
        "error": float(rounds_R.std(ddof=1) / np.sqrt(len(rounds_R))),
    }


def build(spec: Mapping[str, object], games: Sequence[Game]) -> Measure:
    """`agents` by the names that their numbers get; `matches` against each, in every seat.

    The first game of the mixture is measured; scores are in its own units.
    """
    agents = cast(dict[str, dict[str, Any]], spec["agents"])
    matches = cast(int, spec.get("matches", 100))
    contests = {name: Contest(games[0], Named(a["agent"], a.get("spec", {}))) for name, a in agents.items()}

    def results(policy: Policy, after: str, seed: int) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, contest in contests.items():
            scores_RSS = contest.play(policy, matches, derive(seed, "references", name))
            found |= {f"{what}_vs_{name}{after}": value for what, value in numbers(scores_RSS).items()}
        return found

    def measure(policy: Policy, average: Average, seed: int) -> dict[str, float]:
        found = results(policy, "", seed)
        if average.policy:
            found |= results(average.policy, "_average", seed)
        return found

    return measure
