"""Advantages against values worked out by hand."""

import numpy as np
import pytest

from tests.unit.workers.learner.bundles import written
from workers.learner.advantages import gae, grpo, rae
from workers.learner.batch import Batch, gather


def batch(*episodes: tuple[int, list[float]]) -> Batch:
    return gather([written(*episodes)], 0)


def weigh(advantage, found: Batch, value=None):
    value = np.zeros(found.turns) if value is None else np.array(value)
    advantage, target = advantage.weigh(found, found.reward_T, value)
    return advantage.tolist(), target.tolist()


def test_returns_are_what_is_still_to_come_in_the_trajectory() -> None:
    found = batch((0, [1.0, 0.0, 2.0]), (1, [-3.0]), (0, [0.5, 0.25]))
    assert found.returns_T(found.reward_T).tolist() == [3.0, 2.0, 2.0, -3.0, 0.75, 0.25]


def test_rae_takes_the_baseline_from_before_the_batch_and_keeps_one_for_each_seat() -> None:
    advantage = rae.build({"decay": 0.9})
    first = weigh(advantage, batch((0, [1.0]), (0, [0.0]), (1, [-2.0])))
    assert first == ([1.0, 0.0, -2.0], [1.0, 0.0, -2.0])
    # Baselines are now .1 · .5 = .05 and .1 · -2 = -.2.
    second, _ = weigh(advantage, batch((1, [1.0]), (0, [1.0])))
    assert second == pytest.approx([1.2, 0.95])
    again = rae.build({"decay": 0.9})
    again.load(advantage.state())
    assert again.baselines == advantage.baselines != {}


def test_grpo_compares_with_the_batch_of_the_same_seat() -> None:
    found = batch((0, [1.0]), (0, [0.0]), (1, [-2.0]), (1, [4.0]))
    assert weigh(grpo.build({}), found)[0] == [0.5, -0.5, -3.0, 3.0]
    assert weigh(grpo.build({"divide": True}), found)[0] == pytest.approx([1, -1, -1, 1], abs=1e-5)


def test_gae_by_hand() -> None:
    found = batch((0, [0.0, 1.0, 2.0]), (1, [3.0]))
    value = [0.5, 1.0, 1.5, 2.0]
    # surprises: 0 + .9·1 - .5 = .4; 1 + .9·1.5 - 1 = 1.35; 2 - 1.5 = .5; 3 - 2 = 1. λγ = .45.
    last = 0.5
    middle = 1.35 + 0.45 * last
    first = 0.4 + 0.45 * middle
    advantage, target = weigh(gae.build({"trace": 0.5, "discount": 0.9}), found, value)
    assert advantage == pytest.approx([first, middle, last, 1.0])
    assert target == pytest.approx([first + 0.5, middle + 1.0, 2.0, 3.0])


def test_gae_of_trace_one_is_the_return_less_the_value() -> None:
    found = batch((0, [0.0, 1.0, 2.0]), (1, [3.0, -1.0]))
    advantage, target = weigh(gae.build({"trace": 1.0}), found, [0.5, 1.0, 1.5, 2.0, 9.0])
    assert advantage == pytest.approx([2.5, 2.0, 0.5, 0.0, -10.0])
    assert target == pytest.approx([3.0, 3.0, 2.0, 2.0, -1.0])
