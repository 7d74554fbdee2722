"""The weights that losses give to turns."""

import numpy as np
import pytest

from workers.learner.losses import ppo_clip, reinforce, sft

THEN = np.log(np.array([0.5, 0.5, 0.5, 0.5]))
GAIN = np.array([1.0, -2.0, 1.0, -2.0])


def test_on_fresh_data_ppo_and_reinforce_are_one() -> None:
    for loss in (reinforce.build({}), ppo_clip.build({}), reinforce.build({"truncate": None})):
        found = loss(THEN, THEN, GAIN)
        np.testing.assert_allclose(found.weight_T, GAIN)
        assert found.cut == 0


def test_importance_weights_are_truncated_from_above_only() -> None:
    now = THEN + np.log([4.0, 4.0, 0.25, 0.25])
    found = reinforce.build({"truncate": 2.0})(now, THEN, GAIN)
    np.testing.assert_allclose(found.weight_T, [2.0, -4.0, 0.25, -0.5])
    assert found.cut == 0.5
    np.testing.assert_allclose(reinforce.build({"truncate": None})(now, THEN, GAIN).weight_T, GAIN)


def test_ppo_lets_an_act_go_no_further_than_its_clip() -> None:
    now = THEN + np.log([1.3, 1.1, 1.1, 0.7])
    found = ppo_clip.build({"clip": 0.2})(now, THEN, GAIN)
    np.testing.assert_allclose(found.weight_T, [0.0, -2.2, 1.1, 0.0])
    assert found.cut == 0.5
    assert found.loss == pytest.approx(-np.mean([1.2, -2.2, 1.1, -1.6]))


def test_ppo_weighs_bad_acts_that_became_likely_no_more_than_its_bound() -> None:
    now = THEN + np.log([1.0, 5.0, 1.0, 1.0])
    assert ppo_clip.build({"bound": 3.0})(now, THEN, GAIN).weight_T[1] == 0.0
    assert ppo_clip.build({"bound": 6.0})(now, THEN, GAIN).weight_T[1] == pytest.approx(-10.0)


def test_imitation_is_of_everyone_or_of_winners() -> None:
    np.testing.assert_allclose(sft.build({})(THEN, THEN, GAIN).weight_T, [1, 1, 1, 1])
    np.testing.assert_allclose(sft.build({"winners": True})(THEN, THEN, GAIN).weight_T, [1, 0, 1, 0])
