"""How a position becomes a prompt. One function a format; the format's name stands in the job's spec.

A prompt is a function of the view and the game alone, so that equal positions give equal prompts: that is what makes
de-duplication work. All of them end where the move is to be written.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from games.rules import Facts

Prompt = Callable[[Facts, str, Sequence[str]], str]
"""(facts of the game, the seat's view, the legal actions) -> the prompt."""


def view(facts: Facts, seen: str, legal: Sequence[str]) -> str:
    """The view alone: the shortest, for one game with its legal actions scored. Kuhn: `1 K pb>`."""
    return f"{seen}>"


def named(facts: Facts, seen: str, legal: Sequence[str]) -> str:
    """The game's name before the view: for a mixture of games."""
    return f"{facts.name} {seen}>"


def listed(facts: Facts, seen: str, legal: Sequence[str]) -> str:
    """Name, view and legal actions: for generated moves."""
    return f"{facts.name}\n{seen}\n{' '.join(legal)}>"


def told(facts: Facts, seen: str, legal: Sequence[str]) -> str:
    """Rules and all, in prose: for language models that have never seen the game."""
    return f"{facts.how_to_play}\n{seen}\nLegal actions: {', '.join(legal)}.\nAction: "


Format = Literal["view", "named", "listed", "told"]
FORMATS: dict[Format, Prompt] = {"view": view, "named": named, "listed": listed, "told": told}
STOP = "\n"
"""A written move ends here …"""
MAX_TOKENS = 12
"""… or after so many tokens, at the latest."""
