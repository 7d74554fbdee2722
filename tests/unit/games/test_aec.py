"""The PettingZoo adapter, beyond what the laws say of it."""

import numpy as np
import pytest
from pettingzoo.utils.wrappers import OrderEnforcingWrapper, TerminateIllegalWrapper

from arena.core.errors import BadFormat, IllegalAction
from games import catalog
from games.rules import Format


def test_an_illegal_action_says_what_is_legal() -> None:
    env = catalog.make("kuhn_poker")
    env.reset(seed=0)
    with pytest.raises(IllegalAction, match="Legal: pass, bet"):
        env.step(7)


def test_pettingzoos_own_wrappers_fit() -> None:
    env = OrderEnforcingWrapper(TerminateIllegalWrapper(catalog.make("tic_tac_toe"), illegal_reward=-1))
    env.reset(seed=0)
    env.step(0)
    loser = env.agent_selection
    env.step(0)
    assert env.terminations[loser]
    assert env.rewards[loser] == -1


def test_every_seat_is_paid_once_over_a_session() -> None:
    env = catalog.make("leduc_poker", fmt=Format(rounds=4), text=False)
    env.reset(seed=9)
    paid = dict.fromkeys(env.possible_agents, 0.0)
    for agent in env.agent_iter():
        seen, reward, over, _, _ = env.last()
        paid[agent] += reward
        env.step(None if over else int(np.flatnonzero(seen["action_mask"])[-1]))
    assert list(paid.values()) == env.state_.returns()
    assert any(paid.values())


def test_without_a_seed_matches_differ_and_with_one_they_do_not() -> None:
    env = catalog.make("leduc_poker", fmt=Format(rounds=4))
    keys = []
    for seed in (None, None, None, None, 4, 4):
        env.reset(seed=seed)
        keys.append((env.match_seed, env.state_.key()))
    assert len({seed for seed, _ in keys}) == 5
    assert keys[4] == keys[5]


def test_only_the_player_whose_turn_it_is_is_offered_actions() -> None:
    env = catalog.make("kuhn_poker")
    env.reset(seed=0)
    assert env.observe("seat_0")["action_mask"].tolist() == [1, 1]
    assert env.observe("seat_1")["action_mask"].tolist() == [0, 0]


@pytest.mark.parametrize("game", ["tic_tac_toe", "bargaining", "goofspiel"])
@pytest.mark.parametrize(
    "action", [None, True, 1.0, b"b2", [0], np.array([0]), np.array([1, 2]), np.array(0), {}, 10**30, -1, "B2"],
    ids=lambda action: type(action).__name__ + str(action)[:9],
)  # fmt: skip
def test_whatever_else_is_given_is_refused_and_changes_nothing(game: str, action: object) -> None:
    env = catalog.make(game)
    env.reset(seed=0)
    before, agent = env.state_.key(), env.agent_selection
    with pytest.raises(IllegalAction):
        env.step(action)
    with pytest.raises(IllegalAction):
        env.state_.apply(action)
    assert (env.state_.key(), env.agent_selection) == (before, agent)


def test_a_number_may_be_numpys() -> None:
    env = catalog.make("tic_tac_toe")
    env.reset(seed=0)
    env.step(np.int64(4))
    assert env.state_.moves() == ["b2"]


def test_what_may_be_played_is_listed_by_name() -> None:
    env = catalog.make("evidence_court")
    env.reset(seed=3)
    assert "pass" in env.offers()


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_that_is_none_is_refused(seed: int) -> None:
    with pytest.raises(BadFormat):
        catalog.make("tic_tac_toe").reset(seed=seed)


@pytest.mark.parametrize(("rounds", "plies"), [(0, 0), (-3, 0), (1, -1)])
def test_a_match_needs_a_round(rounds: int, plies: int) -> None:
    with pytest.raises(BadFormat):
        Format(rounds, plies)


def test_a_parallel_step_needs_everybodys_action_and_nobody_elses() -> None:
    env = catalog.make_parallel("goofspiel")
    env.reset(seed=1)
    for actions in ({"seat_0": 0}, {"seat_0": 0, "seat_1": 1, "x": 0}):
        with pytest.raises(IllegalAction, match="seat_0"):
            env.step(actions)


def test_what_is_refused_where_texts_are_free_does_not_say_that_only_the_offers_are_legal() -> None:
    env = catalog.make("open_debate")
    env.reset(seed=1)
    while "lean pro" in env.offers():
        env.step("lean pro")
    with pytest.raises(IllegalAction, match="what else may be written"):
        env.state_.apply("x" * 501)


def test_after_the_end_nothing_is_legal_and_that_is_said() -> None:
    state = catalog.load("tic_tac_toe").start(0)
    while state.seat >= 0:
        state.apply(state.legal()[0])
    with pytest.raises(IllegalAction, match="over"):
        state.apply("a1")
