"""What can be said of a record, and which values make it so. Each statement has one spelling.

`bounds`: `=40`, `>=40`, `<=40`. `words`: `open`. `quotes`: words in double quotes that stand in the record as they are.
"""

import re
from functools import lru_cache

from games.court.case import Question, Reading

BOUND = re.compile(r"(=|>=|<=)([0-9]{1,3})")
QUOTE = re.compile(r'"([ !#-~]{3,80})"')
PLACE = slice(4, 7)
"""The words of a passage that say where."""


def meaning(question: Question, statement: str) -> int | None:
    """The values that the statement is true of, as a bit mask; None if it is not a statement."""
    return _meaning(question.reading, question.values, statement)


@lru_cache(maxsize=4096)
def _meaning(reading: Reading, values: tuple[str, ...], statement: str) -> int | None:
    if reading == "quotes":
        quote = QUOTE.fullmatch(statement)
        return None if quote is None else sum(1 << v for v, words in enumerate(values) if quote[1] in words)
    bound = BOUND.fullmatch(statement) if reading == "bounds" else None
    sign, value = (bound[1], bound[2]) if bound else ("=" if reading == "words" else "", statement)
    if not sign or value not in values:
        return None
    at = values.index(value)
    low, high = {"=": (at, at + 1), ">=": (at, len(values)), "<=": (0, at + 1)}[sign]
    return (1 << high) - (1 << low)


def exact(question: Question, value: int) -> str:
    """The statement that leaves nothing of a value out."""
    words = question.values[value]
    return {"bounds": f"={words}", "words": words, "quotes": f'"{words}"'}[question.reading]


def truths(question: Question, value: int) -> list[str]:
    """What one would say of a record with this value, the exact statement first."""
    words = question.values[value]
    if question.reading == "bounds":
        return [f"{sign}{words}" for sign in ("=", ">=", "<=")]
    return [exact(question, value)] + ([_place(words)] if question.reading == "quotes" else [])


def guesses(question: Question) -> list[str]:
    """What one might say of a record that one has not read."""
    if question.reading == "bounds":
        middle = question.values[len(question.values) // 2]
        return [f">={middle}", f"<={middle}"]
    if question.reading == "words":
        return list(question.values)
    return list(dict.fromkeys(_place(words) for words in question.values))


def _place(words: str) -> str:
    return '"' + " ".join(words.split(" ")[PLACE]) + '"'
