"""What a checkup tells: every part of the arena with its state, in words and numbers."""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel

from api.bots.tally import Tally
from api.checkup.readings import Stored, Streamed

State = Literal["ok", "warning", "critical"]
Unit = Literal["", "s", "ms", "/s", "share"]
RANK: tuple[State, ...] = ("ok", "warning", "critical")


class Figure(BaseModel):
    """A number. `metric` and `labels` are what `/metrics` calls it."""

    what: str
    value: float
    unit: Unit = ""
    metric: str | None = None
    labels: dict[str, str] = {}


class Part(BaseModel):
    """One part of the arena. `word` says its state in a word, `todo` what to do when it is not `ok`."""

    name: str
    title: str
    state: State = "ok"
    word: str = "well"
    detail: str = ""
    todo: str = ""
    figures: list[Figure] = []

    def judged(self, state: State, word: str, detail: str, todo: str = "") -> "Part":
        """The same part in another state."""
        return self.model_copy(update={"state": state, "word": word, "detail": detail, "todo": todo})


class Checkup(BaseModel):
    """Every part, and the worst state among them."""

    state: State
    summary: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read: what a server told, or how it failed to."""

    stored: Stored | Exception
    streamed: Streamed | Exception
    sse_clients: int
    slots: int
    """Matches that one host may play at once."""
    bots: Tally = field(default_factory=Tally)


def waits(part: Part, server: str) -> Part:
    """What cannot be seen, or cannot work, without a server."""
    detail = f"It waits, or cannot be seen, while {server} is away."
    return part.judged("warning", "waiting", detail, f"Mend {server} first.")
