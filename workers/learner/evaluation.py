"""What an evaluation is to who drives the learner: numbers of a policy, and of the average where one is kept."""

from collections.abc import Callable

from arena.core.chance import derive
from workers.learner.average import Average
from workers.learner.parts import EVALUATIONS
from workers.learner.spec import Spec
from workers.policy.policy import Policy

Measure = Callable[[Policy, Average, int], dict[str, float]]
"""(the last policy, the average, a seed for what is sampled) -> numbers by name."""


class Measures:
    """All evaluations of a job."""

    def __init__(self, spec: Spec) -> None:
        self._seed = spec.seed
        self._all = [(e, EVALUATIONS.load(e.kind).build(e.spec, spec.games)) for e in spec.evaluations]

    def due(self, update: int, policy: Policy, average: Average) -> dict[str, float]:
        """The numbers of those whose turn it is after an update, as `kind.number`."""
        found: dict[str, float] = {}
        for evaluation, measure in self._all:
            if update % evaluation.every == 0:
                numbers = measure(policy, average, derive(self._seed, "evaluation", update))
                found |= {f"{evaluation.kind}.{name}": value for name, value in numbers.items()}
        return found
