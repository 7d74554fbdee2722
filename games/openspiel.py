"""The OpenSpiel bridge: rules and states of any OpenSpiel game, truthful to its own returns.

Chance is drawn from the match's own seeded stream; simultaneous moves are played one after another, unseen by the
others. The curated games of the suite subclass these two classes to add names and views; `games.bridge` takes the rest
as they are.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pyspiel
from numpy.typing import NDArray

from arena.core.chance import Chance
from arena.core.errors import NoWorlds
from games.rules import OVER, Facts, Rules, State

_CHANCE = int(pyspiel.PlayerId.CHANCE)
TRIES = 200
"""States drawn, at the end of a hidden game, to find one with the scores that every seat has seen."""


class SpielState(State):
    """A position of an OpenSpiel game. Chance nodes are passed through as soon as they are reached."""

    __slots__ = ("_unpaid", "chance", "ids", "names", "rules", "seat", "spiel", "variant")

    def __init__(self, rules: "SpielRules", variant: str, chance: Chance) -> None:
        self.rules = rules
        self.variant = variant
        self.chance = chance
        self.spiel = rules.game(variant).new_initial_state()
        self.names = rules.actions(variant)
        self.ids = _index(self.names)
        self._unpaid = rules.unpaid(variant)
        self._settle()

    def _settle(self) -> None:
        """Pass through chance nodes, then note whose turn it is."""
        spiel = self.spiel
        player = spiel.current_player()
        while player == _CHANCE:
            spiel.apply_action(self.chance.outcome(spiel.chance_outcomes()))
            player = spiel.current_player()
        self.seat = player if player >= 0 else OVER

    def legal_ids(self) -> list[int]:
        return self.spiel.legal_actions()

    def apply_id(self, action: int) -> None:
        spiel = self.spiel
        spiel.apply_action(action)
        player = spiel.current_player()
        if player >= 0:
            self.seat = player
        else:
            self._settle()

    def returns(self) -> list[float]:
        if self._unpaid and self.seat != OVER:
            return list(self._unpaid)
        # Adding zero turns -0.0, which some of OpenSpiel's transforms give, into 0.0: scores are shown and hashed.
        return [score + 0.0 for score in self.spiel.returns()]

    def moves(self) -> list[str]:
        names = self.names
        return [names[step.action] for step in self.spiel.full_history() if step.player >= 0]

    def name_of(self, spiel_action: int) -> str:
        """The canonical name of one of OpenSpiel's legal actions. A game with ids of its own says which it is."""
        return self.names[spiel_action]

    def seats(self) -> int:
        """How many seats the game has."""
        return self.spiel.num_players()

    def view(self, seat: int, name: str) -> str:
        if name == "compact":
            return self.known(seat)
        if name == "json":
            seen = {"game": self.rules.facts.name, "seat": seat, "known": self.known(seat)}
            return json.dumps(seen if self.rules.facts.hidden else {**seen, "moves": self.moves()})
        self.rules.check_view(name)
        return f"{self.rules.facts.title}. You are seat {seat + 1} of {self.seats()}.\n{self.known(seat)}"

    def known(self, seat: int) -> str:
        """OpenSpiel's own text of what the seat knows: the information state where the game gives one."""
        spiel = self.spiel
        informed = spiel.get_game().get_type().provides_information_state_string
        text = spiel.information_state_string(seat) if informed else spiel.observation_string(seat)
        return f"{text}\nOver; scores: {self.returns()}" if self.seat == OVER else text

    def tensor(self, seat: int) -> NDArray[np.float32]:
        return _sensor(self.rules, self.variant)(self.spiel, seat)

    def key(self) -> str:
        return str(self.spiel)

    def clone(self) -> "SpielState":
        return self.at(self.spiel.clone(), self.chance.copy())

    def determinize(self, seat: int, rng: Chance) -> "SpielState":
        """Exact for open games; for hidden ones OpenSpiel's own resampling, where the game has it."""
        if not self.rules.facts.hidden:
            return self.at(self.spiel.clone(), Chance(rng.word()))
        for _ in range(TRIES):
            try:
                spiel = self.spiel.resample_from_infostate(seat, rng.uniform)
            except pyspiel.SpielError:
                what = f"OpenSpiel cannot say what {self.rules.facts.name} hides from a seat."
                raise NoWorlds(what, todo="Search in games of the suite, or in open ones.") from None
            # OpenSpiel forgets that a seat has seen the scores once the game is over.
            if self.seat != OVER or spiel.returns() == self.spiel.returns():
                return self.at(spiel, Chance(rng.word()))
        return self.at(self.spiel.clone(), Chance(rng.word()))

    def at(self, spiel: "pyspiel.State", chance: Chance) -> "SpielState":
        """The same game and variant at another OpenSpiel position, which must not be a chance node."""
        copy = object.__new__(type(self))
        copy.rules, copy.variant, copy.spiel, copy.chance = self.rules, self.variant, spiel, chance
        copy.names, copy.ids, copy.seat = self.names, self.ids, max(spiel.current_player(), OVER)
        copy._unpaid = self._unpaid
        return copy


class SpielRules(Rules):
    """Rules of one OpenSpiel game. Subclasses say which OpenSpiel game a variant is and how actions are named."""

    state_class: type[SpielState] = SpielState

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._loaded: dict[str, tuple[pyspiel.Game, tuple[str, ...], list[float]]] = {}

    def spiel_name(self, variant: str) -> str:
        """The OpenSpiel game string of a variant: the game's own name with the variant's parameters."""
        parameters = ",".join(f"{k}={v}" for k, v in self.facts.variants[variant].parameters.items())
        return f"{self.facts.name}({parameters})"

    def action_names(self, game: "pyspiel.Game") -> tuple[str, ...]:
        """Canonical name of each action id of `game`. By default OpenSpiel's own, with the id where names clash.

        A few games (chess is one) end the process when asked to name an action that is not legal: they must say their
        own names.
        """
        state = game.new_initial_state()
        raw = [_action_name(state, a) for a in range(game.num_distinct_actions())]
        times = Counter(raw)
        return tuple(n if n and times[n] == 1 else f"{n}#{i}" for i, n in enumerate(raw))

    def game(self, variant: str = "standard") -> "pyspiel.Game":
        """The OpenSpiel game of a variant, loaded once."""
        return self._load(variant)[0]

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        return self._load(variant)[1]

    def start(self, seed: int, variant: str = "standard") -> SpielState:
        return self.state_class(self, variant, Chance(seed))

    def unpaid(self, variant: str) -> list[float]:
        """Every seat's score while a round is under way, where a game pays at its end only; else nothing."""
        return self._load(variant)[2]

    def told(self, variant: str, seen: Mapping[str, Any]) -> SpielState:
        """The position that a JSON view of an open game without chance tells: the moves so far, from the start."""
        state = self.start(0, variant)
        for name in seen["moves"]:
            state.play(name)
        return state

    def _load(self, variant: str) -> tuple["pyspiel.Game", tuple[str, ...], list[float]]:
        if variant not in self._loaded:
            self.check_variant(variant)
            game = pyspiel.load_game_as_turn_based(self.spiel_name(variant))
            late = game.get_type().reward_model == pyspiel.GameType.RewardModel.TERMINAL
            self._loaded[variant] = game, self.action_names(game), [0.0] * game.num_players() if late else []
        return self._loaded[variant]


def _action_name(state: "pyspiel.State", action: int) -> str:
    try:
        return state.action_to_string(max(state.current_player(), 0), action)
    except pyspiel.SpielError:
        return ""


Sensor = Callable[["pyspiel.State", int], NDArray[np.float32]]
_local = threading.local()


def _sensor(rules: Rules, variant: str) -> Sensor:
    """What reads the tensor of a variant's positions: one for each thread, since it has a buffer of its own."""
    made: dict[tuple[Rules, str], Sensor] | None = getattr(_local, "sensors", None)
    if made is None:
        made = _local.sensors = {}
    found = made.get((rules, variant))
    if found is None:
        assert isinstance(rules, SpielRules)
        found = made[rules, variant] = _make_sensor(rules.game(variant))
    return found


def _make_sensor(game: "pyspiel.Game") -> Sensor:
    kind = game.get_type()
    if not kind.provides_observation_tensor:
        if not kind.provides_information_state_tensor:
            return lambda state, seat: np.zeros(1, np.float32)
        return lambda state, seat: np.asarray(state.information_state_tensor(seat), np.float32)
    try:
        # Into a buffer, not into a list of Python's floats: many times as fast where the tensor is large.
        observation = pyspiel._Observation(game, game.make_observer({}))  # pyright: ignore[reportPrivateUsage]
    except (RuntimeError, TypeError, ValueError):  # some games have none
        return lambda state, seat: np.asarray(state.observation_tensor(seat), np.float32)
    buffer = np.frombuffer(observation, np.float32)

    def read(state: "pyspiel.State", seat: int) -> NDArray[np.float32]:
        observation.set_from(state, seat)
        return buffer.copy()

    return read


@lru_cache
def _index(names: tuple[str, ...]) -> dict[str, int]:
    return {name: i for i, name in enumerate(names)}
