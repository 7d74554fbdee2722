"""PettingZoo's parallel API for games whose seats move at once: one action from each of them a step.

PettingZoo's own conversion shows every seat the mask that it had when it was not its turn; this one asks the rules.
"""

from typing import Any

from gymnasium import spaces
from pettingzoo import ParallelEnv

from arena.core.errors import IllegalAction, NotSimultaneous
from games.aec import GameEnv, Observation, play
from games.rules import OVER, State


class ParallelGameEnv(ParallelEnv[str, Observation, int | str]):
    """A match as a parallel environment, over the AEC environment of the same game.

    Raises:
        NotSimultaneous: the game's seats move one after another.
    """

    def __init__(self, env: GameEnv) -> None:
        if not env.rules.facts.simultaneous:
            raise NotSimultaneous(
                f"The seats of {env.rules.facts.name} move one after another.",
                todo="Use catalog.make, or PettingZoo's turn_based_aec_to_parallel.",
            )
        self.aec_env, self.metadata, self.render_mode = env, env.metadata, env.render_mode
        self.possible_agents = env.possible_agents

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self.aec_env.observation_space(agent)

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self.aec_env.action_space(agent)

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Observation], dict[str, dict[str, Any]]]:
        """Begin the match of `seed`."""
        self.aec_env.reset(seed, options)
        self.agents = list(self.possible_agents)
        return self._seen(), {agent: {} for agent in self.agents}

    def step(
        self, actions: dict[str, int | str]
    ) -> tuple[dict[str, Observation], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]]:
        """Everybody's action. Raises `IllegalAction`, the match unchanged, if anybody's is not legal."""
        env = self.aec_env
        self._check(actions)
        before = env.state_.returns()
        for _ in self.agents:
            env.step(actions[env.agent_selection])
        gained = zip(self.agents, env.state_.returns(), before, strict=True)
        rewards = {agent: now - was for agent, now, was in gained}
        over = env.state_.seat == OVER
        seen, ended = self._seen(), dict.fromkeys(self.agents, over)
        infos: dict[str, dict[str, Any]] = {agent: {} for agent in self.agents}
        unfinished = dict.fromkeys(self.agents, False)
        self.agents = [] if over else self.agents
        return seen, rewards, ended, unfinished, infos

    def render(self) -> str:
        return self.aec_env.render()

    def close(self) -> None:
        self.aec_env.close()

    def _check(self, actions: dict[str, int | str]) -> None:
        if set(actions) != set(self.agents):
            what = f"Actions came from {', '.join(sorted(actions)) or 'nobody'}."
            raise IllegalAction(what, todo=f"Give one of each: {', '.join(self.agents)}.")
        trial = self.aec_env.state_.clone()
        for _ in self.agents:
            play(trial, actions.get(self.possible_agents[trial.seat]))

    def _seen(self) -> dict[str, Observation]:
        seen = {agent: self.aec_env.observe(agent) for agent in self.agents}
        ahead: State = self.aec_env.state_.clone()
        for _ in self.agents:
            if ahead.seat == OVER:
                break
            agent = self.possible_agents[ahead.seat]
            if "action_mask" in seen[agent]:
                seen[agent]["action_mask"][ahead.legal_ids()] = 1
            # What is legal for who comes later does not depend on what earlier seats do unseen.
            ahead.apply_id(ahead.legal_ids()[0])
        return seen
