"""How many bots are connected to this process of the API, and what has become of their turns since it began."""

from dataclasses import dataclass


@dataclass(slots=True)
class Tally:
    """Turns count again when they are told again, to a bot that was away."""

    connected: int = 0
    asked: int = 0
    """Turns that a bot was told."""
    answered: int = 0
    """Answers that counted."""
    late: int = 0
    """Answers to turns that waited for none any more: they had one already, or their time was over."""
