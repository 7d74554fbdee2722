"""Scripted players of Evidence Court. They read their seat's JSON view, and so know what a seat may know."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from games.court.case import SIDES, question_of
from games.court.knowledge import Knowledge
from games.court.moves import Entry, read
from games.court.statements import exact
from games.rules import Script


def knowledge_of(view: Mapping[str, Any]) -> Knowledge:
    """What the JSON view tells its seat."""
    question = question_of(view)
    seat = SIDES.index(view["seat"])
    values = [record["value"] for record in view["records"].values()]
    held = {row: question.values.index(value) for row, value in enumerate(values) if value is not None}
    record: list[Entry] = []
    for move in view["moves"]:
        record += filter(None, [read(move["act"], question, record, SIDES.index(move["speaker"]))])
    return Knowledge(question, seat, held, record)


def oracle(view: Mapping[str, Any], legal: Sequence[str], _: random.Random) -> str:
    """Plays what is worth most by `Knowledge.worth`; the first of equals."""
    known = knowledge_of(view)
    return max(legal, key=lambda action: _worth(known, action))


def greedy(view: Mapping[str, Any], legal: Sequence[str], _: random.Random) -> str:
    """Shows one of its records at a time, in full: the one that speaks most for it. Never guesses, never challenges."""
    known = knowledge_of(view)
    plain = {f"claim {exact(known.question, value)} with R{row + 1}" for row, value in known.held.items()}
    return max((action for action in legal if action in plain), key=lambda a: _worth(known, a), default="pass")


def silent(view: Mapping[str, Any], legal: Sequence[str], rng: random.Random) -> str:
    """Says nothing."""
    return "pass"


def _worth(known: Knowledge, action: str) -> float:
    entry = read(action, known.question, known.record, known.seat)
    return float(known.worth(entry.act)) if entry else float("-inf")


SCRIPTS: Mapping[str, Script] = {"greedy": greedy, "oracle": oracle, "silent": silent}
