"""Laws on the PettingZoo environment of a game: PettingZoo's own tests, and the truth of what it shows."""

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pettingzoo.test import (
    api_test,  # pyright: ignore[reportUnknownVariableType] - untyped
    parallel_api_test,  # pyright: ignore[reportUnknownVariableType]
    seed_test,  # pyright: ignore[reportUnknownVariableType]
)

from arena.core.chance import Chance
from arena.core.errors import IllegalAction
from games.aec import GameEnv
from games.conformance import truth
from games.conformance.broken import LawBroken, NotChecked, require
from games.conformance.subject import HAND, ONE, Subject
from games.openspiel import SpielRules
from games.parallel import ParallelGameEnv
from games.rules import OVER, Format, State

FOLLOWED = 12
"""Matches played beside the bare rules."""
COURSES = 10_000
"""Most courses of chance that the truth laws will follow."""


def pettingzoo_accepts_it(subject: Subject) -> None:
    """`api_test` and `seed_test` pass, with and without text, with and without the tensor, one round and a session."""
    for fmt in (ONE, HAND):
        for parts in ({}, {"text": False}, {"tensor": False}):
            accept(lambda fmt=fmt, parts=parts: _env(subject, fmt, **parts))


def illegal_actions_change_nothing(subject: Subject) -> None:
    """An id that is not legal raises `IllegalAction`, and the environment is as it was."""
    env = _env(subject, ONE)
    env.reset(seed=5)
    actions = len(subject.rules.actions(subject.variant))
    legal = env.state_.legal_ids()
    before = env.render()
    for action in [a for a in range(-1, actions + 2) if a not in legal][:8]:
        try:
            env.step(action)
        except IllegalAction:
            require(env.render() == before, f"refusing action {action} changed the environment")
        else:
            raise LawBroken(f"action {action} was taken, though only {legal} are legal")


def parameters_are_kept(subject: Subject) -> None:
    """The environment plays the variant it was made for, after a reset too."""
    if (claim := _claim(subject)) is not None:
        truth.parameters_are_kept(claim)
        return
    env = _env(subject, ONE)
    for _ in range(2):
        env.reset(seed=1)
        require(env.state_.key() == subject.start(1).key(), "after a reset it plays another variant")
        require(len(env.possible_agents) == subject.facts.seats, f"it has {len(env.possible_agents)} seats")


def matches_are_played_out(subject: Subject) -> None:
    """The environment cuts no match off."""
    if (claim := _claim(subject)) is not None:
        truth.matches_are_played_out(claim)
        return
    for seed in range(FOLLOWED):
        followed = _follow(subject, seed)
        require(followed.beside.seat == OVER and not followed.truncated, f"seed {seed}: the match is cut off")


def masks_are_the_legal_actions(subject: Subject) -> None:
    """What the mask offers is what is legal."""
    if (claim := _claim(subject)) is not None:
        truth.masks_are_the_legal_actions(claim)
        return
    for seed in range(FOLLOWED):
        for mask, legal in _follow(subject, seed).masks:
            require(mask == legal, f"seed {seed}: the mask offers {mask}; {legal} are legal")


def rewards_are_the_returns(subject: Subject) -> None:
    """What each seat is given over a match is the game's return."""
    if (claim := _claim(subject)) is not None:
        truth.rewards_are_the_returns(claim)
        return
    for seed in range(FOLLOWED):
        followed = _follow(subject, seed)
        paid, due = followed.rewards, followed.beside.returns()
        require(bool(np.allclose(paid, due)), f"seed {seed}: paid {paid}; the rules pay {due}")


def parallel_steps_are_rounds(subject: Subject) -> None:
    """Where seats move at once, PettingZoo's `parallel_api_test` passes and a step is one action of each seat."""
    if not subject.rules.facts.simultaneous:
        raise NotChecked("the seats move one after another")
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            parallel_api_test(ParallelGameEnv(_env(subject, ONE)), num_cycles=50)
        except AssertionError as error:
            raise LawBroken(f"PettingZoo's tests: {error}") from error
    for state in subject.positions(effort=50):
        due = len(state.moves()) % subject.facts.seats
        require(state.seat in (OVER, due), f"after {len(state.moves())} actions it is seat {state.seat}'s turn")


def accept(make: Callable[[], truth.Env]) -> None:
    """PettingZoo's own tests, without what they print, as a law. Its advice (warnings) breaks nothing."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            api_test(make(), num_cycles=200)
            seed_test(make, num_cycles=200)
        except AssertionError as error:
            raise LawBroken(f"PettingZoo's tests: {error}") from error


def _env(subject: Subject, fmt: Format, **parts: Any) -> GameEnv:
    return GameEnv(subject.rules, subject.variant, "prose", fmt, **parts)


@dataclass
class Followed:
    """A match in the environment, with the same actions played in the bare rules beside it."""

    beside: State
    rewards: list[float]
    masks: list[tuple[list[int], list[int]]]
    """What each mask offered, and what was legal; none where actions are texts."""
    truncated: bool = False


def _follow(subject: Subject, seed: int) -> Followed:
    """Play one match at random. The rules are asked for what OpenSpiel cannot say: games of its own make, or of much
    chance."""
    env, chance = _env(subject, ONE), Chance(seed)
    env.reset(seed=seed)
    followed = Followed(subject.start(seed), [0.0] * subject.facts.seats, [])
    for agent in env.agent_iter():
        seen, reward, terminated, truncated, _ = env.last()
        followed.rewards[env.possible_agents.index(agent)] += reward
        followed.truncated |= truncated
        legal = followed.beside.legal_ids()
        if terminated or truncated or not legal:
            env.step(None)
            continue
        if seen is not None and "action_mask" in seen:
            followed.masks.append((np.flatnonzero(seen["action_mask"]).tolist(), legal))
        action = legal[chance.below(len(legal))]
        followed.beside.apply_id(action)
        env.step(action)
    return followed


def _claim(subject: Subject) -> truth.EnvSubject | None:
    """What OpenSpiel can say of the environment; None where the bare rules must."""
    rules = subject.rules
    if not isinstance(rules, SpielRules):
        return None
    game = rules.game(subject.variant)
    if len(rules.actions(subject.variant)) != game.num_distinct_actions():
        return None  # its actions have numbers of their own
    nodes = game.max_chance_nodes_in_history()
    if nodes and game.max_chance_outcomes() ** nodes > COURSES:
        return None
    return truth.EnvSubject(lambda: _env(subject, ONE), rules.spiel_name(subject.variant))
