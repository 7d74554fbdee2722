"""Watches a local match: a drawing for each ply; of cards, a line for each hand and how it ended."""

from collections import Counter

from arena.cli.shared.screen import Film
from arena.core.wire import MatchOrder, Ply
from games.rules import OVER, State
from games.session import Session


def names_of(order: MatchOrder) -> list[str]:
    """The players by seat; who sits at several seats is told apart by their numbers."""
    times = Counter(who.name for who in order.seats)
    return [who.name if times[who.name] == 1 else f"{who.name}#{seat + 1}" for seat, who in enumerate(order.seats)]


class Spectator:
    """Called by the referee with the position after each ply."""

    def __init__(self, film: Film, order: MatchOrder) -> None:
        self._film, self._order = film, order
        self._names = names_of(order)
        self._plies = 0
        self._number = 0
        self._hand: list[str] = []
        self._totals = [0.0] * len(order.seats)

    def begin(self, state: State) -> None:
        """Draw the first position."""
        if state.rules.facts.text:
            self._open(state)
        elif not self._by_hands(state):
            opening = f", after {n} random plies" if (n := self._order.opening_plies) else ""
            self._film.frame(f"{' – '.join(self._names)}{opening}", state.view(state.seat, self._order.view))

    def __call__(self, state: State, ply: Ply) -> None:
        self._plies += 1
        told = f"{self._names[ply.seat]} plays {ply.action}"
        ends = state.seat == OVER or (isinstance(state, Session) and state.number != self._number)
        if self._by_hands(state):
            self._hand.append(f"{self._names[ply.seat]} {ply.action}")
        elif state.rules.facts.text or (ends and isinstance(state, Session)):
            self._film.line(f"ply {self._plies}: {told}")
        else:
            self._film.frame(f"ply {self._plies}: {told}", state.view(ply.seat, self._order.view))
        if ends:
            self._end(state)

    def _by_hands(self, state: State) -> bool:
        return isinstance(state, Session) and state.rules.facts.round_is == "hand"

    def _end(self, state: State) -> None:
        """Of a session: how the round ended, as its first seat sees it, and what it was worth. Then the next."""
        if not isinstance(state, Session):
            if state.rules.facts.text:
                self._film.line(state.view(0, self._order.view))
            return
        assert state.ended is not None
        totals = state.returns()
        won = ", ".join(
            f"{name} {after - before:+g} ({after:+g})"
            for name, before, after in zip(self._names, self._totals, totals, strict=True)
        )
        if self._by_hands(state):
            self._film.line(f"hand {self._number + 1:>3}: {', '.join(self._hand)}: {won}")
            self._film.line(f"          {state.ended.view(0, 'compact')}")
        else:
            self._film.line(f"{state.ended.view(0, self._order.view)}\nround {self._number + 1}: {won}\n")
        self._number, self._totals, self._hand = state.number, totals, []
        if state.rules.facts.text and state.seat != OVER:
            self._open(state)

    def _open(self, state: State) -> None:
        """What a round of texts is about, as who begins it reads it."""
        view = state.view(state.seat, self._order.view)
        self._film.line(f"{self._names[state.seat]} begins, and reads:\n{view}")
