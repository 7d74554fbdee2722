"""NashConv, exact: the policy is asked about every information set, and each seat's best response is computed."""

from collections.abc import Mapping, Sequence

from workers.learner.average import Average
from workers.learner.evaluation import Measure
from workers.learner.infosets import infosets
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {
    "spec": {"type": "object", "properties": {}, "additionalProperties": False},
    "needs": {"engine": "openspiel", "rounds": 1, "opening_plies": 0},
    "own": {"oracle": "cfr"},
    "instead": "the evaluation `references`, which plays matches",
    "numbers": {"last": "low", "average": "low"},
}


def build(spec: Mapping[str, object], games: Sequence[Game]) -> Measure:
    """Takes nothing; the first game of the mixture is measured."""
    sets = infosets(games[0])

    def measure(policy: Policy, average: Average, seed: int) -> dict[str, float]:
        found = {"last": sets.nash_conv(sets.ask(policy))}
        table = sets.ask(average.policy) if average.policy else average.table_IA
        if table is not None:
            found["average"] = sets.nash_conv(table)
        return found

    return measure
