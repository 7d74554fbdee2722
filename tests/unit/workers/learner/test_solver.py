"""A job that imitates a solver: no reward counts, and play is as good as the solver's in the end."""

import pytest

from arena.core.errors import BadSpec, BadTrainingSpec
from tests.unit.workers.learner.bundles import SHAPE
from workers.learner.spec import Spec, convert
from workers.rollout.alone import Alone


def job(**solver: object) -> Spec:
    return convert({
        "name": "trial", "games": [{"name": "kuhn_poker"}], "policy": {"spec": SHAPE}, "budget": {"updates": 150},
        "learning": {
            "matches": 64, "loss": {"kind": "none"}, "optimiser": {"rate": 5e-3},
            "regularisers": [{"kind": "solver", "spec": {"game": "kuhn_poker", **solver}}],
        },
        "evaluations": [{"kind": "nashconv", "every": 150}],
    })  # fmt: skip


def test_a_job_learns_an_equilibrium_from_a_solver() -> None:
    numbers = list(Alone(job()).run())
    assert numbers[0]["penalty_solver"] > 0.1 > numbers[-1]["penalty_solver"]
    assert numbers[-1]["nashconv.last"] < 0.15
    assert numbers[-1]["loss"] == 0


def test_a_solver_of_other_positions_is_refused() -> None:
    with pytest.raises(BadTrainingSpec, match="knows nothing"):
        Alone(job(prompt="named")).once()
    with pytest.raises(BadSpec, match="nothing for kuhn_poker"):
        job(variant="three_players")
