"""NashConv, exact: the policy is asked about every information set, and each seat's best response is computed."""

from collections.abc import Mapping, Sequence

from workers.learner.average import Average
from workers.learner.averages.tabular import TabularAverage
from workers.learner.averages.weights import WeightsAverage
from workers.learner.evaluation import Measure
from workers.learner.infosets import infosets
from workers.learner.spec import Game
from workers.policy.policy import Policy

PART = {"type": "object", "properties": {}, "additionalProperties": False}


def build(spec: Mapping[str, object], games: Sequence[Game]) -> Measure:
    """Takes nothing; the first game of the mixture is measured."""
    sets = infosets(games[0])

    def measure(policy: Policy, average: Average) -> dict[str, float]:
        found = {"last": sets.nash_conv(sets.ask(policy))}
        if isinstance(average, TabularAverage):
            found["average"] = sets.nash_conv(average.table_IA)
        elif isinstance(average, WeightsAverage) and average.policy:
            found["average"] = sets.nash_conv(sets.ask(average.policy))
        return found

    return measure
