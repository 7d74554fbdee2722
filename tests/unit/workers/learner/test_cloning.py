"""Behaviour cloning: a policy that is shown a teacher plays as well as the teacher."""

import numpy as np
import pytest

from tests.unit.workers.learner.bundles import fresh
from workers.learner.cloning import clone
from workers.learner.evaluations import oracle
from workers.learner.infosets import infosets
from workers.learner.lessons import from_search, from_solver
from workers.learner.positions import positions
from workers.learner.spec import Game

KUHN, BOARD = Game("kuhn_poker"), Game("tic_tac_toe")


def test_kuhn_poker_is_learnt_from_its_equilibrium() -> None:
    policy, sets = fresh(), infosets(KUHN)
    before = sets.nash_conv(sets.ask(policy))
    losses = list(clone(policy, from_solver(policy, KUHN), steps=200, rate=5e-3))
    assert losses[-1] < 0.02 < losses[0]
    assert sets.nash_conv(sets.ask(policy)) < 0.08 < before
    assert policy.version == 1


def test_search_lessons_are_good_play_in_every_position() -> None:
    where, lessons = positions(BOARD), from_search(fresh(), BOARD, simulations=200, sharpen=4)
    assert len(lessons.prompts) == len(where.views)
    np.testing.assert_allclose(lessons.targets_NA.sum(1), 1)
    draws = [where.results(lessons.targets_NA, oracle.optimal(where, BOARD), seat)[1] for seat in (0, 1)]
    assert np.mean(draws) > 0.7
    assert [where.results(lessons.targets_NA, oracle.optimal(where, BOARD), seat)[0] for seat in (0, 1)] == [0, 0]


def test_lessons_are_of_the_kind_the_policy_reads() -> None:
    policy = fresh()
    lessons = from_solver(policy, KUHN)
    assert {policy.decode(prompt) for prompt in lessons.prompts} >= {"1 K >", "2 J p>"}
    assert lessons.legal[0] == (policy.encode("pass"), policy.encode("bet"))
    assert lessons.targets_NA.sum(1) == pytest.approx(np.ones(12))
