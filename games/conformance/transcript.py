"""The canonical text of one match: every position as every seat may see it, and every action, a line each.

Lines that begin with `>` are actions, so a transcript can be replayed from its own text. Of long games the views are
written at some positions only, so that people can still read the file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arena.core.chance import Chance
from games.conformance.subject import Subject, seats
from games.rules import OVER, Format, State

LONG = 48
"""Plies: where a round may take more, and of texts, views are written after 0, 1, 2, 4, 8, … plies and at the end."""


@dataclass(frozen=True)
class Case:
    """Which match a transcript is of. A `brief` one leaves the views out."""

    seed: int
    fmt: Format
    brief: bool = False


def cases(subject: Subject) -> list[Case]:
    """The matches that a game's golden file holds: two single rounds, a short session, and a rated match."""
    one, rated = Format(), subject.rules.facts.rated
    return [Case(1, one), Case(2, one), Case(3, Format(rounds=2)), Case(4, rated, brief=True)]


def transcript(subject: Subject, case: Case, actions: Sequence[str] | None = None) -> list[str]:
    """The lines of a match: of `actions` in order, or of random play if none are given."""
    state, chance = subject.start(case.seed, case.fmt), Chance(case.seed)
    lines = [heading(subject, case), *_position(subject, state, case, 0)]
    given = iter(actions) if actions is not None else None
    while state.seat != OVER:
        legal = state.legal()
        action = legal[chance.below(len(legal))] if given is None else next(given, None)
        if action is None:
            return [*lines, "# no more actions"]
        lines.append(f"> {action}")
        state.apply(action)
        lines += _position(subject, state, case, len(state.moves()))
    return lines


def heading(subject: Subject, case: Case) -> str:
    """The first line, which says how the match began."""
    fmt = case.fmt
    return f"# {subject.label} seed={case.seed} rounds={fmt.rounds} opening_plies={fmt.opening_plies}"


def _position(subject: Subject, state: State, case: Case, ply: int) -> Iterator[str]:
    brief_enough = subject.facts.max_plies <= LONG and not subject.rules.facts.text
    shown = not case.brief and (ply & (ply - 1) == 0 or state.seat == OVER or brief_enough)
    yield f"key {state.key()!r}"
    if state.seat == OVER:
        yield f"scores {state.returns()}"
    elif shown:
        yield f"turn seat {state.seat}: {', '.join(state.legal())}"
    if not shown:
        return
    for seat in seats(state):
        for view in subject.rules.facts.views:
            yield f"seat {seat} {view}"
            yield from (f"  {line}".rstrip() for line in state.view(seat, view).split("\n"))
