"""Laws on any PettingZoo environment that says it plays an OpenSpiel game: ours, or a stranger's.

They look only at what the environment shows. Chance is not shown, so its actions are replayed in OpenSpiel under
every course that chance may have taken: the environment must fit at least one of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pyspiel
from numpy.typing import NDArray
from pettingzoo import AECEnv

from arena.core.chance import Chance
from games.conformance.broken import LawBroken, require

MATCHES = 12

Env = AECEnv[Any, Any, Any]


@dataclass(frozen=True)
class EnvSubject:
    """An environment on trial, and the OpenSpiel game string that it says it plays."""

    make: Callable[[], Env]
    spiel: str

    @cached_property
    def game(self) -> pyspiel.Game:
        return pyspiel.load_game_as_turn_based(self.spiel)


@dataclass
class Played:
    """A match as the environment showed it."""

    actions: list[tuple[int, int, list[int]]]
    """Seat, action, and the actions that were offered."""
    rewards: list[float]
    """What each seat was given by `last()`, summed."""
    truncated: bool


def parameters_are_kept(subject: EnvSubject) -> None:
    """The environment plays the game it was made for, before and after a reset: as many seats, as many actions."""
    env, game = subject.make(), subject.game
    for when in ("when made", "after one reset", "after two resets"):
        for agent in env.possible_agents:
            actions = int(getattr(env.action_space(agent), "n", -1))
            wanted = game.num_distinct_actions()
            require(actions == wanted, f"{when} it has {actions} actions; {subject.spiel} has {wanted}")
        require(len(env.possible_agents) == game.num_players(), f"{when} it has {len(env.possible_agents)} seats")
        env.reset(seed=1)


def matches_are_played_out(subject: EnvSubject) -> None:
    """A match goes on until the rules end it: no match is cut off while a player still has a decision."""
    for seed in range(MATCHES):
        played = play(subject.make(), seed)
        states = list(_courses(subject.game.new_initial_state(), played.actions))
        require(bool(states), f"seed {seed}: no course of chance allows these actions")
        over = any(state.is_terminal() for state in states)
        require(over and not played.truncated, f"seed {seed}: cut off after {len(played.actions)} actions, not over")


def masks_are_the_legal_actions(subject: EnvSubject) -> None:
    """What the mask offers is what is legal."""
    for seed in range(MATCHES):
        played = play(subject.make(), seed)
        offered = [legal for _, _, legal in played.actions]
        courses = _courses(subject.game.new_initial_state(), played.actions)
        fits = any(_offers(state, subject.game) == offered for state in courses)
        require(fits, f"seed {seed}: the masks are not the legal actions")


def rewards_are_the_returns(subject: EnvSubject) -> None:
    """What each seat is given over a match is what OpenSpiel pays for the same actions."""
    for seed in range(MATCHES):
        played = play(subject.make(), seed)
        courses = _courses(subject.game.new_initial_state(), played.actions)
        paid = {tuple(s.returns()) for s in courses if s.is_terminal()}
        if not paid:
            raise LawBroken(f"seed {seed}: paid {played.rewards} before the rules pay anything")
        if not any(np.allclose(played.rewards, returns) for returns in paid):
            raise LawBroken(f"seed {seed}: paid {played.rewards}; the rules pay {' or '.join(map(str, sorted(paid)))}")


def play(env: Env, seed: int) -> Played:
    """Play one match at random and note what the environment shows of it."""
    env.reset(seed=seed)
    number = {agent: i for i, agent in enumerate(env.possible_agents)}
    chance, played = Chance(seed), Played([], [0.0] * len(number), truncated=False)
    for agent in env.agent_iter():
        seen, reward, terminated, truncated, info = env.last()
        played.rewards[number[agent]] += float(reward)
        played.truncated |= truncated
        if terminated or truncated:
            env.step(None)
            continue
        mask: NDArray[np.int8] = (cast(dict[str, Any], seen) if isinstance(seen, dict) else info)["action_mask"]
        legal = [int(i) for i in np.flatnonzero(mask)]
        action = legal[chance.below(len(legal))]
        played.actions.append((number[agent], action, legal))
        env.step(action)
    return played


def _courses(state: pyspiel.State, actions: list[tuple[int, int, list[int]]]) -> Iterator[pyspiel.State]:
    """Every state that the actions lead to, over all outcomes of chance that allow them."""
    if state.is_chance_node():
        for outcome, _ in state.chance_outcomes():
            yield from _courses(state.child(outcome), actions)
    elif not actions:
        yield state
    elif not state.is_terminal():
        seat, action, _ = actions[0]
        if state.current_player() == seat and action in state.legal_actions():
            yield from _courses(state.child(action), actions[1:])


def _offers(ended: pyspiel.State, game: pyspiel.Game) -> list[list[int]]:
    state, offers = game.new_initial_state(), list[list[int]]()
    for step in ended.full_history():
        if step.player >= 0:
            offers.append(state.legal_actions())
        state.apply_action(step.action)
    return offers
