"""Rule: who says the same again and again, where words are free, loses by it. Pure; referee and replay share it.

Saying nothing at all needs no rule of its own: no game takes an empty text, so it costs from the illegal budget.
"""

TIMES = 3
"""The same text, this many times on end, by one seat."""


class Echo:
    """What the seats of one match have said in free words."""

    def __init__(self, seats: int) -> None:
        self._last = [""] * seats
        self._times = [0] * seats

    def hears(self, seat: int, action: str, legal: list[str]) -> bool:
        """Note an action; whether the seat said it for the `TIMES`th time on end.

        Moves that the game itself lists are not free words: to offer the same deal again may be the best one can do.
        """
        if action in legal:
            self._times[seat] = 0
            return False
        said = " ".join(action.casefold().split())
        self._times[seat] = self._times[seat] + 1 if said == self._last[seat] and self._times[seat] else 1
        self._last[seat] = said
        return self._times[seat] >= TIMES
