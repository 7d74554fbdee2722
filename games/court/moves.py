"""The grammar of moves. Each act has one spelling; free text stands after ` | ` and is part of no act."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from games.court.case import Question
from games.court.statements import meaning

TURNS = 3
"""Moves of each side."""
CITED = 3
"""Most records that one claim may cite."""
LONGEST = 500
TEXT = 300
SEPARATOR = " | "
CLAIM = re.compile(r"claim (.+) with (R[0-9]{1,2}(?:,R[0-9]{1,2}){0,2})")
CHALLENGE = re.compile(r"challenge ([1-9]) with R([1-9][0-9]?)")


@dataclass(frozen=True, slots=True)
class Act:
    """What the judge hears of a move."""

    kind: Literal["claim", "challenge", "concede", "pass"]
    statement: str = ""
    rows: tuple[int, ...] = ()
    number: int = 0
    """Of the move that is challenged, counted from 1."""

    def __str__(self) -> str:
        rows = ",".join(f"R{row + 1}" for row in self.rows)
        if self.kind == "claim":
            return f"claim {self.statement} with {rows}"
        return f"challenge {self.number} with {rows}" if self.kind == "challenge" else self.kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One move of the record of proceedings."""

    seat: int
    act: Act
    text: str = ""

    def __str__(self) -> str:
        return str(self.act) + (SEPARATOR + self.text if self.text else "")


def read(action: str, question: Question, record: Sequence[Entry], seat: int) -> Entry | None:
    """The move that a text is for `seat` now, or None if it is none. It does not depend on what is hidden."""
    if len(action) > LONGEST or not action.isprintable():
        return None
    words, separator, text = action.partition(SEPARATOR)
    if len(text) > TEXT or bool(separator) != bool(text):
        return None
    act = _act(words, question, record, seat)
    return Entry(seat, act, text) if act is not None and str(act) == words else None


def _act(words: str, question: Question, record: Sequence[Entry], seat: int) -> Act | None:
    if words in ("pass", "concede"):
        return Act(words)
    if found := CLAIM.fullmatch(words):
        rows = tuple(int(name[1:]) - 1 for name in found[2].split(","))
        return Act("claim", found[1], rows) if _may_claim(question, found[1], rows) else None
    if found := CHALLENGE.fullmatch(words):
        number, row = int(found[1]), int(found[2]) - 1
        open_rows = dict(open_claims(record, seat)).get(number, ())
        return Act("challenge", "", (row,), number) if row in open_rows else None
    return None


def _may_claim(question: Question, statement: str, rows: tuple[int, ...]) -> bool:
    if list(rows) != sorted(set(rows)) or rows[0] < 0 or rows[-1] >= len(question.about):
        return False
    # What is true of no value at all is no statement: else a quote would say anything one likes.
    return bool(meaning(question, statement))


def open_claims(record: Sequence[Entry], seat: int) -> list[tuple[int, tuple[int, ...]]]:
    """Numbers and cited rows of the other side's claims that `seat` has not challenged yet."""
    challenged = {entry.act.number for entry in record if entry.act.kind == "challenge" and entry.seat == seat}
    return [
        (number, entry.act.rows)
        for number, entry in enumerate(record, 1)
        if entry.act.kind == "claim" and entry.seat != seat and number not in challenged
    ]
