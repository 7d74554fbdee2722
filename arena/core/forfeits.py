"""Why a seat forfeited, as a sentence for people: taken from the report of its match each time.

A rejection's reason quotes it, and stays when the transcript is pruned.

Everybody reads it: on pages, in lists of matches, in the reason of a rejection. So it is in the arena's words.
- What an endpoint sent is in no report; of why it did not answer, `workers.endpoint.trouble` has words for everybody.
- What a bot says of its own failure may be whatever its program raised, an address or a key within. It stands in the
  transcript, as the protocol tells its owner, and is carried no further.
- Of an exception in the arena's own code the type is told: its text could hold anything, and mends nothing.
- A refused reply is quoted, short and escaped: it is public in the transcript, and shows what to mend.
"""

import re

from arena.core.brief import brief, printable
from arena.core.redaction import redact
from arena.core.terms import Terms
from arena.core.wire import FAULTS, TIMER_SLACK_MS, Final, MatchReport, Stop

SHOWN = 80
"""Characters of a reply."""
LONGEST = 300
"""Characters of what a part of the arena says."""
RAISED = re.compile(r"([A-Za-z_][\w.]*)\(")
"""An exception, as the referee writes one down: no sentence of the arena begins so."""


def why(report: MatchReport, seat: int, terms: Terms) -> str | None:
    """Why this seat forfeited; None where it did not."""
    stop, final = report.seats[seat].stop, report.final
    if stop not in FAULTS or final is None:
        return None
    match stop:
        case Stop.TIMEOUT:
            return _late(final, terms) + _before(len(report.unfinished))
        case Stop.ILLEGAL:
            return (
                f"{report.seats[seat].illegal} of its replies were not legal; a match spares {terms.illegal_budget}. "
                + (
                    f"The last was {_quoted(final.reply)}."
                    if final.reply
                    else "The last had no action that could be read."
                )
            )
        case Stop.ECHO:
            return f"It said the same over and over: {_quoted(final.reply)}."
        case Stop.RESIGNED:
            return "It resigned."
        case _:
            return _failed(final)


def _late(final: Final, terms: Terms) -> str:
    if final.ms < terms.ply_clock_ms - TIMER_SLACK_MS:
        return f"It had spent its {terms.match_clock_ms / 1000:g} s for the whole match."
    within = f"within {terms.ply_clock_ms / 1000:g} s"
    return f"It answered after {final.ms / 1000:.3g} s, not {within}." if final.reply else f"No answer {within}."


def _before(refused: int) -> str:
    """In a turn that had replies, if no legal one."""
    return f" Of its replies in that turn {refused} {'was' if refused == 1 else 'were'} not legal." if refused else ""


def _failed(final: Final) -> str:
    if final.said is not None and final.said.receipt:  # it came over the network: the bot's own words
        return (
            "Its bot gave the match up with an error of its own: `transcript.ended` of GET /api/v1/matches/ID has it."
        )
    raised = RAISED.match(final.reply)
    return f"It failed with {raised[1]}." if raised else _sentence(final.reply)


def _quoted(reply: str) -> str:
    return repr(brief(redact(reply), SHOWN))


def _sentence(words: str) -> str:
    told = brief(redact(printable(words)).strip(), LONGEST).rstrip(".")
    return f"{told[:1].upper()}{told[1:]}."
