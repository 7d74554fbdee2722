"""What somebody may have meant by a name that there is none of."""

from collections.abc import Iterable
from difflib import get_close_matches

from arena.core.brief import brief
from arena.core.errors import ArenaError

SHOWN = 200
"""Characters of what was sent that are compared, and that a message shows."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question that ends with a blank, or nothing where no name there comes near."""
    near = get_close_matches(brief(name, SHOWN), list(known), 1)
    return f"Did you mean `{near[0]}`? " if near else ""


def choose(name: str, known: Iterable[str]) -> str:
    """What to do instead: the name that may have been meant, and all that there are."""
    names = list(known)
    return f"{did_you_mean(name, names)}Choose one of: {', '.join(names)}."


def unknown(missing: type[ArenaError], what: str, name: str, known: Iterable[str]) -> ArenaError:
    """The error that there is nothing of that name. `what` is the word for one, for example "game"."""
    return missing(f"There is no {what} named {name!r}.", todo=choose(name, known))
