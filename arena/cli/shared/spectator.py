"""Watches a local match: a drawing for each ply, or a line for each hand of a session."""

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

    def __call__(self, state: State, ply: Ply) -> None:
        self._plies += 1
        if isinstance(state, Session):
            self._session(state, ply)
        else:
            title = f"ply {self._plies}: {self._names[ply.seat]} plays {ply.action}"
            self._film.frame(title, state.view(ply.seat, self._order.view))

    def _session(self, state: Session, ply: Ply) -> None:
        self._hand.append(f"{self._names[ply.seat]} {ply.action}")
        if state.number == self._number and state.seat != OVER:
            return
        totals = state.returns()
        won = ", ".join(
            f"{name} {after - before:+g} ({after:+g})"
            for name, before, after in zip(self._names, self._totals, totals, strict=True)
        )
        self._film.line(f"hand {self._number + 1:>3}: {', '.join(self._hand)}: {won}")
        self._number, self._totals, self._hand = state.number, totals, []
