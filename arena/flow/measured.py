"""measured: what an evaluation's own literal says of its numbers: whether more is better, or less, and their order."""

from arena.core.errors import UnknownPart
from arena.core.registry import Registry

EVALUATIONS = Registry("evaluation", ("workers.learner.evaluations",), UnknownPart)


def better(name: str) -> str:
    """`high` or `low` for a number such as `nashconv.last`; empty for one that has no best, or that nobody knows."""
    kind, _, number = name.partition(".")
    patterns = _patterns(kind)
    found = _pattern(number, patterns)
    return "" if found is None else patterns[found]


def order(name: str) -> tuple[int, str]:
    """A sort key: as the literal lists them, those of which it knows nothing last."""
    kind, _, number = name.partition(".")
    patterns = list(_patterns(kind))
    found = _pattern(number, patterns)
    return (len(patterns) if found is None else patterns.index(found)), name


def _patterns(kind: str) -> dict[str, str]:
    try:
        return EVALUATIONS.literal(kind, "PART")["numbers"]
    except UnknownPart:  # of a newer arena, or one that is gone
        return {}


def _pattern(number: str, patterns: dict[str, str] | list[str]) -> str | None:
    """The narrowest that fits: `win_vs_*_average` before `win_vs_*`."""
    fitting = [one for one in patterns if _fits(number, one)]
    return max(fitting, key=len, default=None)


def _fits(number: str, pattern: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return number == pattern
    return len(number) > len(before) + len(after) and number.startswith(before) and number.endswith(after)
