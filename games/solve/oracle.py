"""What a solver knows of a game, by the compact view of one round: the same shape for every solver."""

from collections.abc import Mapping
from dataclasses import dataclass


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
