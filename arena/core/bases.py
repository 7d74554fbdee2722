"""Base models that an operator lists in `ARENA_BASES`: what uploaded adapters and weights may be for."""

from collections.abc import Mapping

from arena.core.errors import UnknownBase
from arena.core.nearest import did_you_mean


def place_of(base: str, listed: Mapping[str, str]) -> str:
    """Where a base is had from. Raises `UnknownBase`: it is not listed."""
    if base not in listed:
        there = f"The operator lists: {', '.join(sorted(listed)) or 'none'}."
        raise UnknownBase(f"There is no base {base!r} here.", todo=did_you_mean(base, listed) + there)
    return listed[base]
