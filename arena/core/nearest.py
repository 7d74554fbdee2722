"""What somebody may have meant by a name that there is none of."""

from collections.abc import Iterable
from difflib import get_close_matches

from arena.core.brief import brief

SHOWN = 200
"""Characters of what was sent that are compared."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that ends with a blank, or nothing where no name there is comes near."""
    near = get_close_matches(brief(name, SHOWN), list(known), 1)
    return f"Did you mean `{near[0]}`? " if near else ""
