"""Jobs that imitate a teacher: no reward counts, and play is as good as the teacher's in the end."""

import msgspec
import numpy as np
import pytest
import torch

from arena.core.errors import BadSpec, BadTrainingSpec
from tests.unit.workers.learner.bundles import SHAPE
from workers.learner.evaluations import oracle
from workers.learner.infosets import infosets
from workers.learner.positions import positions
from workers.learner.regulariser import short_of
from workers.learner.search import Searched
from workers.learner.solver import Solved
from workers.learner.spec import Game, Spec, convert
from workers.rollout.alone import Alone

KUHN, BOARD = Game("kuhn_poker"), Game("tic_tac_toe")
SEARCH = {"kind": "search", "spec": {"game": "tic_tac_toe", "simulations": 5}}
SOLVER = {"kind": "solver", "spec": {"game": "kuhn_poker"}}


def job(teacher: dict, *games: dict, **learning: object) -> Spec:
    return convert(asked(teacher, *games, **learning))


def check_refused(teacher: dict, *games: dict) -> None:
    """When it is launched, and by the teacher itself if it comes to that."""
    with pytest.raises(BadSpec, match="knows nothing"):
        job(teacher, *games)
    with pytest.raises(BadTrainingSpec, match="knows nothing"):
        Alone(msgspec.convert(asked(teacher, *games), Spec)).once()


def asked(teacher: dict, *games: dict, **learning: object) -> dict:
    return {
        "name": "trial", "games": list(games) or [{"name": teacher["spec"]["game"]}],
        "policy": {"spec": SHAPE | {"context": 256}},
        "learning": {"matches": 64, "loss": {"kind": "none"}, "regularisers": [teacher], **learning},
        "budget": {"updates": 150},
    }  # fmt: skip


def asking(teacher: dict, **spec: object) -> dict:
    return {**teacher, "spec": {**teacher["spec"], **spec}}


def test_a_job_learns_an_equilibrium_from_a_solver() -> None:
    alone, sets = Alone(job(SOLVER, optimiser={"rate": 5e-3})), infosets(KUHN)
    numbers = list(alone.run())
    assert numbers[0]["penalty_solver"] > 0.1 > numbers[-1]["penalty_solver"]
    assert sets.nash_conv(sets.ask(alone.learner.policy)) < 0.15
    assert numbers[-1]["loss"] == 0


@pytest.mark.parametrize("teacher", [SOLVER, SEARCH], ids=["solver", "search"])
def test_a_teacher_of_other_positions_is_refused(teacher: dict) -> None:
    game = teacher["spec"]["game"]
    other = {"kuhn_poker": "leduc_poker", "tic_tac_toe": "kuhn_poker"}[game]
    put_otherwise = {"name": game, "view": "prose", "prompt": "named"}
    for games in ([{"name": game, "prompt": "named"}], [{"name": game, "view": "prose"}], [{"name": other}]):
        check_refused(teacher, *games)
    check_refused(teacher, {"name": game}, {"name": other})
    assert Alone(job(asking(teacher, view="prose", prompt="named"), put_otherwise)).once()["turns"] > 0


def test_a_teacher_of_another_variant_is_refused_though_the_positions_look_alike() -> None:
    check_refused(SEARCH, {"name": "tic_tac_toe", "variant": "misere"})
    with pytest.raises(BadSpec, match="nothing for kuhn_poker"):
        job(asking(SOLVER, variant="three_players"))


def test_a_solver_answers_in_every_information_set_as_the_policy_reads_it() -> None:
    solved = Solved(Game("kuhn_poker", prompt="named"))
    assert len(solved.prompts) == 12
    for place in range(12):
        assert solved.choice(place).sum() == pytest.approx(1)
    # Whoever holds the king calls, and whoever holds the jack does not.
    for text, (pass_, bet) in {"2 K b>": (0, 1), "2 J b>": (1, 0)}.items():
        place = list(Solved(KUHN).prompts).index(text)
        assert Solved(KUHN).choice(place) == pytest.approx([pass_, bet], abs=1e-3)


def test_a_game_without_a_solver_is_refused() -> None:
    with pytest.raises(BadTrainingSpec):
        Solved(Game("connect_four"))


def test_a_search_plays_well_in_every_position() -> None:
    where, searched = positions(BOARD), Searched(BOARD, 200, 4, 0)
    found = np.zeros(where.open_IA.shape)
    for place, row in enumerate(found):
        choice = searched.choice(place)
        row[: len(choice)] = choice
    np.testing.assert_allclose(found.sum(1), 1)
    results = [where.results(found, oracle.optimal(where, BOARD), seat) for seat in (0, 1)]
    assert [won for won, _, _ in results] == [0, 0]
    assert np.mean([drawn for _, drawn, _ in results]) > 0.7


def test_soft_targets_are_met_by_their_own_distribution_only() -> None:
    target = torch.tensor([[0.7, 0.3, 0.0], [0.2, 0.2, 0.6]])
    torch.testing.assert_close(short_of(target, target.clamp(min=1e-9).log()), torch.zeros(2), atol=1e-6, rtol=0)
    logits = torch.zeros(2, 3, requires_grad=True)
    found = short_of(target, logits.log_softmax(-1))
    uniform = torch.full((2, 3), 1 / 3)
    by_hand = torch.distributions.kl_divergence(
        torch.distributions.Categorical(target), torch.distributions.Categorical(uniform)
    )
    torch.testing.assert_close(found.detach(), by_hand)
    found.sum().backward()
    torch.testing.assert_close(logits.grad, uniform - target)
