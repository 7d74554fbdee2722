"""Rule: who says the same again and again, where words are free, loses by it. Pure; referee and replay share it.

Saying nothing at all needs no rule of its own: no game takes an empty text, so it costs from the illegal budget.
"""

from games.rules import State
from games.session import round_number

TIMES = 3
"""The same text, this many times on end, by one seat."""


class Echo:
    """What the seats of one match have said in free words."""

    def __init__(self, seats: int) -> None:
        self._last: list[tuple[int, str] | None] = [None] * seats
        self._times = [0] * seats

    def hears(self, state: State, action: str, legal: list[str]) -> bool:
        """Note an action, before it is played; whether its seat says it for the `TIMES`th time on end.

        Moves that the game itself lists are not free words: to offer the same deal again may be the best one can do.
        Neither does it count what was said in an earlier round of a session.
        """
        seat, said = state.seat, (round_number(state), " ".join(action.casefold().split()))
        if action in legal:
            self._last[seat] = None
            return False
        self._times[seat] = self._times[seat] + 1 if said == self._last[seat] else 1
        self._last[seat] = said
        return self._times[seat] >= TIMES
