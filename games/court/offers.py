"""The moves that a side is offered, from what it knows: claims that speak for it, guesses, challenges.

The grammar takes more than these.
"""

from collections.abc import Iterator

from games.court.knowledge import NOTHING, Knowledge
from games.court.moves import CITED, Act, open_claims
from games.court.statements import guesses, truths

JOINED = 6
"""Most claims on several records that are offered."""
HOPELESS = 8
"""Conceding is offered to a side whose records leave it less than one chance in so many."""


def offers(known: Knowledge) -> list[Act]:
    """Passing first. Honest claims are offered only where they sway the judge this side's way."""
    singles = list(_singles(known))
    found = [NOTHING, *_challenges(known), *singles, *_joint(known, singles), *_guesses(known)]
    return [*found, Act("concede")] if known.outlook * HOPELESS < 1 else found


def _helps(known: Knowledge, act: Act) -> bool:
    """Whether a claim, if true, speaks for this side."""
    after = known.if_true(act)
    return after is not None and after > known.standing


def _singles(known: Knowledge) -> Iterator[Act]:
    for row, value in sorted(known.held.items()):
        for statement in truths(known.question, value):
            act = Act("claim", statement, (row,))
            if _helps(known, act):
                yield act


def _joint(known: Knowledge, singles: list[Act]) -> list[Act]:
    """One statement on two or three records: for each statement the records that it says most of."""
    found: list[Act] = []
    for statement in dict.fromkeys(act.statement for act in singles):
        alone = [Act("claim", statement, (row,)) for row in dict.fromkeys(act.rows[0] for act in singles)]
        alone = [act for act in alone if not known.is_seen_false(act) and _helps(known, act)]
        alone.sort(key=known.worth, reverse=True)
        rows = [act.rows[0] for act in alone[:CITED]]
        found += [Act("claim", statement, tuple(sorted(rows[:n]))) for n in range(2, len(rows) + 1)]
    return sorted(found, key=known.worth, reverse=True)[:JOINED]


def _guesses(known: Knowledge) -> Iterator[Act]:
    """For each record that this side has not read and nobody has spoken of, the guess that would help it most."""
    for row in known.unread():
        if known.believed[row] == known.question.all_allowed[row]:
            acts = [Act("claim", statement, (row,)) for statement in guesses(known.question)]
            helping = [act for act in acts if _helps(known, act)]
            if helping:
                yield max(helping, key=known.worth)


def _challenges(known: Knowledge) -> Iterator[Act]:
    """Of claims that this side's records contradict, and of those on a record that it has not read."""
    for number, rows in open_claims(known.record, known.seat):
        claim = known.record[number - 1].act
        for row in rows:
            if row not in known.held or known.is_seen_false(claim, row):
                yield Act("challenge", "", (row,), number)
