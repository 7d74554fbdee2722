"""What a chat model is told at its turn, and how its action is read from what it wrote: strictly, or not at all."""

import json
from collections.abc import Sequence

from arena.core.agents import RESIGN, Table, Turn
from games.rules import Facts

REMEMBERED = 30
"""Its own last actions that it is told of."""
OWN = 200
"""Characters of each."""
MARK = "Action:"
LONGEST = 2000
"""Characters of an action: no game takes as many."""
FORM = "Think as long as you need. Then end your reply with one line of exactly this form:\nAction: {}"
ONE = "<one of the legal actions, to the letter>"
FREE = "<one of the actions listed, to the letter, or another that the rules allow>"
NOTHING_READ = "Your reply has no line that begins with `Action: `, so no action could be read. Reply again.\n"
NOT_LEGAL = "{} is not a legal action here. Reply again.\n"


def turn_prompt(facts: Facts, table: Table, turn: Turn, own: Sequence[str], refused: str | None) -> str:
    """The whole of a turn: rules, history, position, actions, the form of an answer. It needs no earlier message."""
    seats = facts.variants[table.variant].seats if table.variant in facts.variants else 0
    parts = [
        f"You play {facts.title} in seat {table.seat + 1}" + (f" of {seats}." if seats else "."),
        facts.how_to_play,
    ]
    if own:
        kept = [action[:OWN] for action in own[-REMEMBERED:]]
        parts.append(f"Your own {'last ' if len(own) > REMEMBERED else ''}actions in this match: {json.dumps(kept)}.")
    parts.append(turn.view)
    parts.append("Legal actions:\n" + "\n".join(f"- {action}" for action in turn.legal))
    if refused is not None:
        parts.append(f"You have just tried {json.dumps(refused[:OWN])}, which is not legal here.")
    parts.append(form(facts))
    return "\n\n".join(parts)


def form(facts: Facts) -> str:
    """How to answer."""
    return FORM.format(FREE if facts.text else ONE)


def action_of(reply: str, legal: Sequence[str]) -> str | None:
    """The action in a reply: of its last line of the form, or the whole of it where that is a legal action."""
    # No regular expression: a reply may be a megabyte that somebody has thought about.
    for line in reversed(reply.split("\n")):
        mark, _, action = line.strip().partition(MARK)
        if not mark and (found := action.strip()):
            return found if len(found) <= LONGEST else None
    whole = reply.strip()
    return whole if whole in legal else None


def complaint(facts: Facts, action: str | None, legal: Sequence[str]) -> str | None:
    """What is wrong with an answer, as far as a seat can tell; None if nothing is. Where texts are free, the rules of
    the game alone say which of them are legal."""
    if action is None:
        return NOTHING_READ + form(facts)
    if action == RESIGN or action in legal or facts.text:
        return None
    return NOT_LEGAL.format(json.dumps(action[:OWN])) + form(facts)
