"""What is known of a game: `oracle(state)` for every game that has one, and the shapes that its solvers give.

A solver is a module of `games/solve` with `action_values(state)`, named by the game's `facts.oracle`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from arena.core.errors import NoOracle
from games.rules import OVER, State
from games.session import Session


def oracle(state: State) -> dict[str, float]:
    """What each legal action is worth to the seat whose turn it is, in scores of this round, best play to come.

    Exact for `minimax`, and for `cfr` against an equilibrium; an estimate for `search`. `own` is exact where the game
    is small enough (pig, countdown, tiny Hanabi), else what its own script knows.

    Raises:
        NoOracle: the round is over, or nobody knows this game or this variant.
    """
    inner = state.round if isinstance(state, Session) else state
    facts = inner.rules.facts
    known = facts.oracle is not None and inner.rules.check_variant(inner.variant).solved
    if inner.seat == OVER or not known:
        name = facts.name if facts.oracle is None else f"{facts.name} ({inner.variant})"
        what = "The round is over." if known else f"Nobody knows what actions of {name} are worth."
        todo = "Ask where it is somebody's turn, in a game whose facts name an oracle, and a variant it has solved."
        raise NoOracle(what, todo=todo)
    if facts.oracle == "own":
        return inner.rules.action_values(inner)
    return import_module(f"games.solve.{facts.oracle}").action_values(inner)


@dataclass(frozen=True)
class Table:
    """Exact values of every position of an open game, for the seat whose turn it is."""

    entries: Mapping[str, Mapping[str, tuple[float, float]]]
    """By compact view, then by action: (minimax value, expected score against a uniformly random opponent)."""

    def action_values(self, view: str) -> dict[str, float]:
        """The minimax value of each legal action. Raises `KeyError` for a view of no position."""
        return {action: value for action, (value, _) in self.entries[last_line(view)].items()}

    def best(self, view: str) -> list[str]:
        """The actions of highest value, and among those of highest expected score against a random opponent."""
        entry = self.entries[last_line(view)]
        top = max(entry.values())
        return [action for action, pair in entry.items() if pair == top]


@dataclass(frozen=True)
class Policy:
    """A mixed strategy for every seat of a hidden game."""

    entries: Mapping[str, Mapping[str, float]]
    """By compact view, then by action: its probability."""
    nash_conv: float
    """What the seats could gain in all by each playing its best response: 0 at an equilibrium. In scores a round."""

    def action_probabilities(self, view: str) -> dict[str, float]:
        """The probability of each legal action. Raises `KeyError` for a view of no information set."""
        return dict(self.entries[last_line(view)])


def last_line(view: str) -> str:
    """The compact view of the round, from that of a session, which has a line before it."""
    return view.rpartition("\n")[2]
