"""Arithmetic on a few given numbers: a strict grammar of expressions, and the full enumeration of what can be made.

Every step must give a positive whole number. Reading never raises and never mends what it reads.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

LONGEST = 200
"""Characters of the longest expression that is read."""
SHAPE = re.compile(r"[-+*/()0-9]+(?: [-+*/()0-9]+)*")
"""Linear in its length: no text may keep a match waiting."""
TOKEN = re.compile(r"[0-9]+|[-+*/()]")
BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}

Way = tuple[int, int, str, int, int]
"""How a value is made: mask and value at the left, operator, mask and value at the right."""


def value(text: str, numbers: Sequence[int]) -> int | None:
    """What an expression of some of the numbers gives; None if it is none, or a step is not a positive integer."""
    if len(text) > LONGEST or not SHAPE.fullmatch(text):
        return None
    left, values, waiting, operand = list(numbers), list[int](), list[str](), True
    for sign in TOKEN.findall(text):
        if sign == "(" or sign.isdigit():
            if not operand or (sign != "(" and not _take(sign, left, values)):
                return None
            operand = sign == "("
            if operand:
                waiting.append(sign)
        elif operand or not _reduce(values, waiting, 0 if sign == ")" else BINDS[sign]):
            return None
        elif sign == ")":
            if not waiting:
                return None
            waiting.pop()
        else:
            waiting.append(sign)
            operand = True
    done = not operand and _reduce(values, waiting, 0) and not waiting
    return values[0] if done else None


def _take(token: str, left: list[int], values: list[int]) -> bool:
    """Move a number that was drawn to the values."""
    number = int(token)
    if token != str(number) or number not in left:
        return False
    left.remove(number)
    values.append(number)
    return True


def _reduce(values: list[int], waiting: list[str], binds: int) -> bool:
    """Work out the operators waiting since the last parenthesis that bind at least as strongly as `binds`."""
    while waiting and waiting[-1] != "(" and BINDS[waiting[-1]] >= binds:
        right, left = values.pop(), values.pop()
        made = next((v for v, sign in steps(left, right) if sign == waiting[-1]), None)
        if made is None:
            return False
        waiting.pop()
        values.append(made)
    return True


def steps(a: int, b: int) -> Iterator[tuple[int, str]]:
    """Every allowed step from a and b, in this order."""
    yield a + b, "+"
    yield a * b, "*"
    if a > b:
        yield a - b, "-"
    if a % b == 0:
        yield a // b, "/"


@lru_cache(maxsize=64)
def best(numbers: tuple[int, ...], target: int) -> str:
    """One of the nearest answers that there are, by full enumeration (some tenths of a second)."""
    made = _reachable(numbers)
    near, mask = min((abs(v - target), mask) for mask, found in made.items() for v in found)
    found = next(v for v in made[mask] if abs(v - target) == near)
    full = (1 << len(numbers)) - 1
    for off in range(near):
        for goal in (target - off, target + off):
            way = _with_all(made, full, goal) if goal > 0 else None
            if way:
                return _written(made, way)
    return _expression(made, mask, found).removeprefix("(").removesuffix(")")


def _reachable(numbers: tuple[int, ...]) -> dict[int, dict[int, Way | None]]:
    """By each set of numbers but the full one, as a bit mask: every value that uses all of the set, and how."""
    made: dict[int, dict[int, Way | None]] = {1 << i: {n: None} for i, n in enumerate(numbers)}
    for size in range(2, len(numbers)):
        for chosen in combinations(range(len(numbers)), size):
            mask = sum(1 << i for i in chosen)
            found = made[mask] = {}
            for left in _parts(mask):
                right = mask ^ left
                for a in made[left]:
                    for b in made[right]:
                        for v, sign in steps(a, b):
                            found.setdefault(v, (left, a, sign, right, b))
    return made


def _parts(mask: int) -> Iterator[int]:
    """Every part of a set that is neither empty nor all of it."""
    part = (mask - 1) & mask
    while part:
        yield part
        part = (part - 1) & mask


def _with_all(made: dict[int, dict[int, Way | None]], full: int, goal: int) -> Way | None:
    """How the last step gives exactly `goal` from all the numbers, if it can."""
    for left in _parts(full):
        right = full ^ left
        others = made[right]
        for a in made[left]:
            for b, sign in ((goal - a, "+"), (a - goal, "-"), (goal // a, "*"), (a // goal, "/")):
                if b in others and (goal, sign) in steps(a, b):
                    return left, a, sign, right, b
    return None


def _written(made: dict[int, dict[int, Way | None]], way: Way) -> str:
    left, a, sign, right, b = way
    return f"{_expression(made, left, a)}{sign}{_expression(made, right, b)}"


def _expression(made: dict[int, dict[int, Way | None]], mask: int, wanted: int) -> str:
    way = made[mask][wanted]
    return f"({_written(made, way)})" if way else str(wanted)
