"""What a seat said in a turn, as the page of a match shows it: strangers wrote it, so it is bounded and all of it is
to be seen. Pure; a template escapes it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from api.dashboard.words import ms
from api.transcripts import Behind, Ply, Reply, Transcript
from arena.core.brief import LEFT_OUT, brief, letters, visible

MOST = 2000
"""Characters of a reply. The API has all that is kept."""
SHORT = 240
LINES = 4
"""What is shown unfolded has no more characters, and no more lines."""
GLANCE = 100
"""Characters of a folded reply."""
NAMED = 8
"""Legal actions that a sentence names."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply. `wrong` says why it was refused, empty where it was played."""

    text: str
    """What was written, or else the reply itself; empty where that would only repeat the action."""
    read: str
    """The action that was read in it, where it was refused and that is not all of it."""
    wrong: str
    spent: str
    left_out: int
    """Characters that are not shown."""

    @property
    def glance(self) -> str:
        """Its first and last words, where it is too long to stand unfolded."""
        short = len(self.text) <= SHORT and self.text.count("\n") < LINES
        return "" if short else brief(" ".join(self.text.split()), GLANCE)


def heard(ply: Ply, *, texts: bool) -> list[Heard]:
    """What was said before an action was played, and with it. `texts`: the game takes more than its legal list."""
    said = [_refused(reply, None if texts else ply.legal) for reply in ply.rejected]
    return said + _behind(ply.said, ply.action)


def last_words(told: Transcript) -> list[Heard]:
    """What was said in the turn that ended the match by a fault.

    Of who failed only what a model wrote: what its program said of its own failure is carried nowhere.
    """
    said = [_refused(reply, None) for reply in told.unfinished]
    return said + (_behind(told.ended.said, told.ended.reply) if told.ended else [])


def _refused(reply: Reply, legal: Sequence[str] | None) -> Heard:
    wrote = reply.said.raw if reply.said and reply.said.raw.strip() else reply.reply
    read = "" if wrote.strip() == reply.reply.strip() else reply.reply.strip()
    spent = ", ".join(filter(None, [ms(reply.ms), _tokens(reply.said)]))
    return _bounded(wrote, read, _wrong(reply.reply, legal), spent)


def _behind(said: Behind | None, action: str) -> list[Heard]:
    """Of a reply that was taken as it stands, nothing but its tokens."""
    if said is None:
        return []
    wrote = "" if said.raw.strip() == action else said.raw
    spent = _tokens(said)
    return [_bounded(wrote, "", "", spent)] if wrote or spent else []


def _bounded(wrote: str, read: str, wrong: str, spent: str) -> Heard:
    text, left_out = _cut(letters(wrote))
    return Heard(text.strip(), brief(visible(read), GLANCE), wrong, spent, left_out)


def _cut(seen: list[str]) -> tuple[str, int]:
    """What it begins and ends with, in no more than `MOST` characters; and how many letters that leaves out."""
    if sum(map(len, seen)) <= MOST:
        return "".join(seen), 0
    room = (MOST - len(LEFT_OUT)) // 2
    head, tail = _fitting(seen, room), _fitting(seen[::-1], room)
    return "".join([*seen[:head], LEFT_OUT, *seen[len(seen) - tail :]]), len(seen) - head - tail


def _fitting(seen: list[str], room: int) -> int:
    """How many of the first take no more than `room`."""
    return bisect_right(list(accumulate(map(len, seen))), room)


def _wrong(reply: str, legal: Sequence[str] | None) -> str:
    if not reply.strip():
        return "No action could be read in it."
    if not legal:
        return "The rules did not take it."
    alike = next((action for action in legal if action.casefold() == reply.strip().casefold()), None)
    if alike is not None:
        return f"The legal action is written {alike}."
    named = f": {', '.join(legal)}" if len(legal) <= NAMED else ""
    return f"Not one of the {len(legal)} legal actions{named}." if len(legal) > 1 else f"Legal was only {legal[0]}."


def _tokens(said: Behind | None) -> str:
    if said is None or not (said.prompt_tokens or said.completion_tokens):
        return ""
    return f"{said.prompt_tokens:,} tokens read, {said.completion_tokens:,} written"
