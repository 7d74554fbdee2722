"""Laws on the PettingZoo environment of a game: PettingZoo's own tests, and the truth of what it shows."""

import contextlib
import io
import warnings
from collections.abc import Callable

from pettingzoo.test import api_test, seed_test  # pyright: ignore[reportUnknownVariableType] - untyped

from arena.core.errors import IllegalAction
from games.aec import GameEnv
from games.conformance import truth
from games.conformance.broken import LawBroken, NotChecked, require
from games.conformance.subject import HAND, ONE, Subject
from games.openspiel import SpielRules
from games.rules import Format

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
    truth.parameters_are_kept(_claim(subject))


def matches_are_played_out(subject: Subject) -> None:
    """The environment cuts no match off."""
    truth.matches_are_played_out(_claim(subject))


def masks_are_the_legal_actions(subject: Subject) -> None:
    """What the mask offers is what is legal."""
    truth.masks_are_the_legal_actions(_claim(subject))


def rewards_are_the_returns(subject: Subject) -> None:
    """What each seat is given over a match is the game's return."""
    truth.rewards_are_the_returns(_claim(subject))


def accept(make: Callable[[], truth.Env]) -> None:
    """PettingZoo's own tests, without what they print, as a law. Its advice (warnings) breaks nothing."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            api_test(make(), num_cycles=200)
            seed_test(make, num_cycles=200)
        except AssertionError as error:
            raise LawBroken(f"PettingZoo's tests: {error}") from error


def _env(subject: Subject, fmt: Format, **parts: bool) -> GameEnv:
    return GameEnv(subject.rules, subject.variant, "prose", fmt, **parts)


def _claim(subject: Subject) -> truth.EnvSubject:
    rules = subject.rules
    if not isinstance(rules, SpielRules):
        raise NotChecked("not an OpenSpiel game")
    game = rules.game(subject.variant)
    if len(rules.actions(subject.variant)) != game.num_distinct_actions():
        raise NotChecked("its actions are not numbered as OpenSpiel numbers them")
    nodes = game.max_chance_nodes_in_history()
    if nodes and game.max_chance_outcomes() ** nodes > COURSES:
        raise NotChecked("chance takes too many courses to follow")
    return truth.EnvSubject(lambda: _env(subject, ONE), rules.spiel_name(subject.variant))
