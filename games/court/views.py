"""What a side reads: the question, its own records, the proceedings. What players write is shown as JSON strings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from games.court.case import SIDES, Case
from games.court.judge import Verdict
from games.court.moves import TURNS, Entry

STATEMENTS = {
    "bounds": "`=V`, `>=V` or `<=V`, V one of the values",
    "words": "one of the values, as it is",
    "quotes": "words in double quotes that stand in every record cited, as they are",
}


@dataclass(frozen=True)
class Scene:
    """A position as one seat sees it. Once there is a verdict, everything is open."""

    case: Case
    seat: int
    record: Sequence[Entry]
    verdict: Verdict | None

    def value(self, row: int) -> str | None:
        known = self.verdict is not None or row in self.case.held[self.seat]
        return self.case.question.values[self.case.values[row]] if known else None

    def readers(self, row: int) -> list[str]:
        return [side for side, held in zip(SIDES, self.case.held, strict=True) if row in held]

    @property
    def mover(self) -> str | None:
        return None if self.verdict else SIDES[len(self.record) % 2]


def as_json(scene: Scene) -> str:
    question = scene.case.question
    records: dict[str, dict[str, Any]] = {
        f"R{row + 1}": {"about": about, "value": scene.value(row)}
        | ({"read_by": scene.readers(row)} if scene.verdict else {})
        for row, about in enumerate(question.about)
    }
    left = TURNS - sum(entry.seat == scene.seat for entry in scene.record)
    return json.dumps({
        "seat": SIDES[scene.seat], "to_move": scene.mover, "moves_left": left, **question.told(), "records": records,
        "moves": [_move(number, entry) for number, entry in enumerate(scene.record, 1)],
        "verdict": scene.verdict.told() if scene.verdict else None,
    })  # fmt: skip


def transcript(scene: Scene) -> str:
    """What the public reads: no records but those that were cited, and the verdict."""
    heard = "\n".join(json.dumps(_move(number, entry)) for number, entry in enumerate(scene.record, 1))
    verdict = f"\n{json.dumps(scene.verdict.told())}" if scene.verdict else ""
    return f"{scene.case.question.proposition}\n{heard or '(nothing said yet)'}{verdict}"


def compact(scene: Scene) -> str:
    question = scene.case.question
    records = " ; ".join(f"R{r + 1} {about} = {scene.value(r) or '?'}" for r, about in enumerate(question.about))
    heard = "".join(
        f" / {number} {SIDES[entry.seat]}: {entry.act}{_said(entry)}" for number, entry in enumerate(scene.record, 1)
    )
    end = f" / verdict {json.dumps(scene.verdict.told())}" if scene.verdict else f" / {scene.mover} to move"
    readers = " ; ".join("+".join(scene.readers(r)) or "-" for r in range(len(question.about)))
    opened = f" / read by {readers}" if scene.verdict else ""
    return f"{SIDES[scene.seat]} / {question.proposition} / {records}{opened}{heard}{end}"


def prose(scene: Scene) -> str:
    question = scene.case.question
    stance = ("You are pro: you speak for the proposition.", "You are con: you speak against the proposition.")
    values = " / ".join(question.values)
    lines = [stance[scene.seat], f"Proposition: {question.proposition}", f"Records, each one of: {values}"]
    lines += [f"  R{row + 1} {about}: {_shown(scene, row)}" for row, about in enumerate(question.about)]
    lines += [f"A statement is {STATEMENTS[question.reading]}.", "Proceedings:"]
    lines += [f"  {n} {SIDES[e.seat]}: {e.act}{_said(e)}" for n, e in enumerate(scene.record, 1)] or ["  nothing yet"]
    return "\n".join([*lines, *(_ending(scene, scene.verdict) if scene.verdict else [_turn(scene)])])


def _shown(scene: Scene, row: int) -> str:
    value = scene.value(row)
    if value is None:
        return "not yours to read"
    shown = f'"{value}"' if scene.case.question.reading == "quotes" else value
    return f"{shown} (read by {' and '.join(scene.readers(row)) or 'nobody'})" if scene.verdict else shown


def _turn(scene: Scene) -> str:
    left = TURNS - sum(entry.seat == scene.seat for entry in scene.record)
    whose = "It is your move" if scene.mover == SIDES[scene.seat] else f"{scene.mover} is to move"
    return f"{whose}; you have {left} left."


def _ending(scene: Scene, verdict: Verdict) -> list[str]:
    if verdict.conceded:
        first = f"{verdict.conceded} conceded."
    else:
        likely = f"{verdict.probability} ({float(verdict.probability):.3f})"
        first = f"Verdict: on what is established the proposition holds with probability {likely}."
    counts = zip(SIDES, verdict.false_claims, verdict.bad_challenges, strict=True)
    faults = "; ".join(f"{side} {false} and {bad}" for side, false, bad in counts)
    score = verdict.scores[scene.seat]
    return [
        first, f"In truth it is {'true' if verdict.truth else 'false'}.",
        f"False claims (twice if caught) and bad challenges: {faults}.", f"Your score: {score:+g}.",
    ]  # fmt: skip


def _move(number: int, entry: Entry) -> dict[str, Any]:
    said = {"text": entry.text} if entry.text else {}
    return {"number": number, "speaker": SIDES[entry.seat], "act": str(entry.act), **said}


def _said(entry: Entry) -> str:
    return f", saying {json.dumps(entry.text)}" if entry.text else ""
