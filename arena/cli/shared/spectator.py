"""Watches a local match: a drawing for each ply, or, in a session, a line for each hand (of texts, for each ply)."""

from arena.cli.shared.screen import Film
from arena.core.wire import MatchOrder, Ply
from games.rules import OVER, State
from games.session import Session


class Spectator:
    """Called by the referee with the position after each ply."""

    def __init__(self, film: Film, order: MatchOrder) -> None:
        self._film, self._order = film, order
        self._names = [s.name for s in order.seats]
        self._plies = 0
        self._number = 0
        self._hand: list[str] = []
        self._totals = [0.0] * len(order.seats)

    def begin(self, state: State) -> None:
        """Draw the first position."""
        if not isinstance(state, Session):
            opening = f", after {n} random plies" if (n := self._order.opening_plies) else ""
            self._film.frame(f"{' – '.join(self._names)}{opening}", state.view(state.seat, self._order.view))
        elif state.rules.facts.text:
            self._open(state)

    def __call__(self, state: State, ply: Ply) -> None:
        self._plies += 1
        if isinstance(state, Session):
            self._session(state, ply)
        else:
            title = f"ply {self._plies}: {self._names[ply.seat]} plays {ply.action}"
            self._film.frame(title, state.view(ply.seat, self._order.view))

    def _session(self, state: Session, ply: Ply) -> None:
        texts = state.rules.facts.text
        self._hand.append(f"{self._names[ply.seat]} {ply.action}")
        if texts:
            self._film.line(f"ply {self._plies}: {self._names[ply.seat]} plays {ply.action}")
        if state.number == self._number and state.seat != OVER:
            return
        totals = state.returns()
        won = ", ".join(
            f"{name} {after - before:+g} ({after:+g})"
            for name, before, after in zip(self._names, self._totals, totals, strict=True)
        )
        told = "" if texts else f"{', '.join(self._hand)}: "
        self._film.line(f"{'round' if texts else 'hand'} {self._number + 1:>3}: {told}{won}")
        self._number, self._totals, self._hand = state.number, totals, []
        if texts and state.seat != OVER:
            self._open(state)

    def _open(self, state: Session) -> None:
        """What a round of texts is about, as who begins it reads it."""
        name = self._names[state.seat]
        self._film.line(f"{name} begins, and reads:\n{state.view(state.seat, self._order.view)}")
