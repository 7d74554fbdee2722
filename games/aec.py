"""The one PettingZoo adapter: an AEC environment of any game, variant and format.

An observation is a dict of `observation` (the game's tensor as a Box), `text` (the view) and `action_mask`. Where
actions are texts, they are strings and there is no mask. An illegal action raises `IllegalAction` and changes nothing;
wrap with PettingZoo's `TerminateIllegalWrapper` for other manners.
"""

import operator
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any, cast

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv

from arena.core.chance import Chance
from arena.core.errors import BadFormat, BadRenderMode
from games.picture import svg
from games.rules import OVER, Format, Rules, State, refusal
from games.session import start

RENDER_MODES = ("ansi", "svg")
MAX_TEXT = 65_536
MOST_SEEDS = 2**63
# ASCII, and the playing cards and terminal codes that some of OpenSpiel's own texts hold.
ALPHABET = "".join(map(chr, (*range(32, 127), *range(0x1F0A0, 0x1F100)))) + "\n\x1b♠♥♦♣←"

NOTHING = np.zeros(1, np.float32)
NOTHING.setflags(write=False)
NUMBERS = frozenset({int, np.int64})
Observation = dict[str, Any]


class Moves(spaces.Text):
    """Texts; a sample is one of the moves that are offered where the match stands."""

    def __init__(self, offers: Callable[[], Sequence[str]]) -> None:
        super().__init__(MAX_TEXT, min_length=0, charset=ALPHABET)
        self._offers = offers

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """One of the moves offered; a text of one blank when there is none."""
        offers = self._offers()
        return offers[int(self.np_random.integers(len(offers)))] if offers else " "


class GameEnv(AECEnv[str, Observation, int | str | None]):
    """A match as a PettingZoo environment. `text=False` or `tensor=False` leaves that part of the observation out.

    With `tensor=False` the Box holds a single zero, since PettingZoo's checks want a Box.
    """

    def __init__(  # noqa: PLR0913 - PettingZoo's users give the render mode where they make the environment
        self,
        rules: Rules,
        variant: str,
        view: str,
        fmt: Format,
        *,
        text: bool = True,
        tensor: bool = True,
        render_mode: str = "ansi",
    ) -> None:
        super().__init__()
        self.rules, self.variant, self.fmt = rules, variant, fmt
        self.view_name = rules.check_view(view)
        self._text, self.shows_tensor = text, tensor
        self.metadata = {
            "name": f"{rules.facts.name}_v0",
            "render_modes": list(RENDER_MODES),
            "is_parallelizable": rules.facts.simultaneous,
        }
        if render_mode not in RENDER_MODES:
            raise BadRenderMode(f"There is no render mode {render_mode!r}.", todo=f"Choose: {', '.join(RENDER_MODES)}.")
        self.render_mode = render_mode
        self.possible_agents = [f"seat_{i}" for i in range(rules.check_variant(variant).seats)]
        self._number = {agent: i for i, agent in enumerate(self.possible_agents)}
        self._actions = len(rules.actions(variant))
        self._fresh = Chance(int(np.random.SeedSequence().generate_state(1, np.uint64)[0]))

    # Spaces carry their own random state, so environments do not share them; the referee never asks for them, so they
    # are made on first use, which PettingZoo's plain attribute cannot say.
    @cached_property
    def observation_spaces(self) -> dict[str, spaces.Space[Any]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        shape = _tensor_shape(self.rules, self.variant) if self.shows_tensor else NOTHING.shape
        return {a: _observation_space(shape, self._actions, text=self._text) for a in self.possible_agents}

    @cached_property
    def action_spaces(self) -> dict[str, spaces.Space[Any]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        if self.rules.facts.text:
            return {a: Moves(self.offers) for a in self.possible_agents}
        return {a: spaces.Discrete(self._actions) for a in self.possible_agents}

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Begin the match of `seed`, from 0 to 2⁶³ - 1; without one, a match of a fresh random seed."""
        if seed is not None and not 0 <= operator.index(seed) < MOST_SEEDS:
            raise BadFormat(f"There is no match of seed {seed}.", todo="Give one from 0 to 2**63 - 1.")
        self.match_seed = seed if seed is not None else self._fresh.word() >> 1
        self.state_: State = start(self.rules, self.match_seed, self.variant, self.fmt)
        agents = self.possible_agents
        self.agents = list(agents)
        self._paid = [0.0] * len(agents)
        self._pays = False
        self.rewards = dict.fromkeys(agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(agents, 0.0)
        self.terminations = dict.fromkeys(agents, False)
        self.truncations = dict.fromkeys(agents, False)
        self.infos = {agent: {} for agent in agents}
        self.agent_selection = agents[self.state_.seat]
        self._legal: list[int] | None = None

    def observe(self, agent: str) -> Observation:
        state, seat = self.state_, self._number[agent]
        seen: Observation = {}
        if self._actions:
            mask = bytearray(self._actions)  # a third of the time that an array of zeros takes
            if state.seat == seat:
                self._legal = state.legal_ids()
                for action in self._legal:
                    mask[action] = 1
            seen["action_mask"] = np.frombuffer(mask, np.int8)
        if self._text:
            seen["text"] = state.view(seat, self.view_name)
        seen["observation"] = state.tensor(seat) if self.shows_tensor else NOTHING
        return seen

    def offers(self) -> list[str]:
        """The legal actions by name, for whose turn it is; where texts are free, those that are offered."""
        return self.state_.legal()

    def step(self, action: int | str | None) -> None:
        """Play `action`, a number or a text, for the agent whose turn it is (None once it is dead)."""
        agent = self.agent_selection
        if self.terminations[agent]:
            self._was_dead_step(action)
            return
        state, legal = self.state_, self._legal
        if legal and type(action) in NUMBERS and action in legal:  # it was seen, so that rules need not be asked again
            state.apply_id(int(action))
        else:
            play(state, action)
        self._legal = None
        self._cumulative_rewards[agent] = 0.0
        self._pay()
        if state.seat == OVER:
            self.terminations = dict.fromkeys(self.agents, True)
            self.agent_selection = self.agents[0]
        else:
            self.agent_selection = self.possible_agents[state.seat]

    def _pay(self) -> None:
        """Turn what the returns gained by this step into rewards."""
        now, paid = self.state_.returns(), self._paid
        if now == paid:
            if self._pays:
                self._clear_rewards()
                self._pays = False
            return
        self._pays = True
        for i, agent in enumerate(self.possible_agents):
            gain = now[i] - paid[i]
            self.rewards[agent] = gain
            self._cumulative_rewards[agent] += gain
        self._paid = now

    def render(self) -> str:
        """The position: in text as every seat sees it; as SVG, by the seat whose turn it is (once over: the first).

        For the people who run the match, not for a player.
        """
        if self.render_mode == "svg":
            return svg(self.state_, max(self.state_.seat, 0), self.view_name)
        return "\n".join(f"[{a}] {self.state_.view(i, self.view_name)}" for a, i in self._number.items())

    def close(self) -> None:
        """Nothing to release."""


def play(state: State, action: object) -> None:
    """Play a text, or the number of an action. Raises `IllegalAction`, the state unchanged, for whatever else it is."""
    if isinstance(action, str):
        state.apply(action)
    elif (type(action) is int or isinstance(action, np.integer)) and action in state.legal_ids():
        state.apply_id(int(cast(int, action)))
    else:
        raise refusal(f"action {action}", state)


@lru_cache(maxsize=256)
def _tensor_shape(rules: Rules, variant: str) -> tuple[int, ...]:
    return start(rules, 0, variant).tensor(0).shape


def _observation_space(shape: tuple[int, ...], actions: int, *, text: bool) -> spaces.Dict:
    parts: dict[str, spaces.Space[Any]] = {
        "observation": spaces.Box(-np.inf, np.inf, shape, np.float32),
    }
    if actions:
        parts["action_mask"] = spaces.Box(0, 1, (actions,), np.int8)
    if text:
        parts["text"] = spaces.Text(MAX_TEXT, min_length=0, charset=ALPHABET)
    return spaces.Dict(parts)
