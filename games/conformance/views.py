"""Laws on views: a seat reads what it may know and no more; perfect recall means that nothing is forgotten.

Information sets are taken from OpenSpiel, where it has them, and not from the views on trial.
"""

from arena.core.chance import Chance
from games.conformance.broken import require
from games.conformance.subject import Subject, information, random_match, seats
from games.rules import OVER, State

ALIKE = 3
"""Determinised states drawn at each position."""


def views_do_not_leak(subject: Subject) -> None:
    """Two positions in one information set of a seat give it one text in every view, and one tensor."""
    texts: dict[tuple[int, str], dict[str, str]] = {}
    for state in subject.everywhere():
        for seat in seats(state):
            group = information(state, seat)
            if group is not None:
                group = f"{group}|{state.seat == seat}"
                _alike(texts.setdefault((seat, group), _shown(subject, state, seat)), subject, state, seat)


def determinised_states_look_the_same(subject: Subject) -> None:
    """No view, tensor or legal action tells a seat the true position from one it cannot know to be false."""
    rng = Chance(7)
    for fmt in subject.formats:
        for state in subject.positions(fmt, subject.effort // 2):
            for seat in seats(state):
                shown = _shown(subject, state, seat)
                for _ in range(ALIKE if subject.rules.facts.hidden else 1):
                    _alike(shown, subject, state.determinize(seat, rng), seat)


def perfect_recall_tells_apart(subject: Subject) -> None:
    """A view declared perfect-recall differs between any two information sets of a seat."""
    groups: dict[tuple[str, int, str], str] = {}
    for state in subject.everywhere():
        for seat in seats(state):
            group = information(state, seat)
            for view in subject.rules.facts.perfect_recall if group is not None else ():
                first = groups.setdefault((view, seat, state.view(seat, view)), group or "")
                require(first == group, f"{view}: seat {seat} reads one text in two information sets")


def perfect_recall_remembers(subject: Subject) -> None:
    """A view declared perfect-recall determines all that the seat read and did before, in one round."""
    pasts: dict[tuple[str, int, str], tuple[str, ...]] = {}
    for seed in range(max(1, subject.effort // subject.facts.max_plies)):
        for view in subject.rules.facts.perfect_recall:
            _remember(pasts, subject.start(seed), view, seed)


def _remember(pasts: dict[tuple[str, int, str], tuple[str, ...]], state: State, view: str, seed: int) -> None:
    past: dict[int, tuple[str, ...]] = dict.fromkeys(seats(state), ())
    mover = OVER
    for position in random_match(state, Chance(seed)):
        if mover != OVER:
            past[mover] += (position.moves()[-1],)
        mover = position.seat
        if mover != OVER:
            text = position.view(mover, view)
            first = pasts.setdefault((view, mover, text), past[mover])
            require(first == past[mover], f"{view}: seat {mover} reads one text after two different pasts")
            past[mover] += (text,)


def _shown(subject: Subject, state: State, seat: int) -> dict[str, str]:
    """Everything the seat is given, by name."""
    shown = {view: state.view(seat, view) for view in subject.rules.facts.views}
    shown["tensor"] = str(state.tensor(seat).tolist())
    shown["legal actions"] = str(state.legal()) if state.seat == seat else "another's turn"
    return shown


def _alike(first: dict[str, str], subject: Subject, state: State, seat: int) -> None:
    for name, text in _shown(subject, state, seat).items():
        require(text == first[name], f"{name} leaks: seat {seat} reads {first[name]!r} or {text!r} in what it knows")
