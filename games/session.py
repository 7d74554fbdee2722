"""A match made of a game: seeded openings for deterministic games, many rounds with turning seats for lucky ones.

A session is itself a `State`, so the environment, the referee and the replay need not know of it.
"""

import json
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from arena.core.chance import Chance, derive
from games.rules import OVER, Format, Rules, State

Seeds = Callable[[str, int], int]
"""The seed of something in a round, by its number."""
Deal = Callable[[int, Seeds], State]
"""The first position of a round, by its number."""


def start(rules: Rules, seed: int, variant: str = "standard", fmt: Format = Format()) -> State:
    """The first position of a match: the only way the arena begins one.

    Raises:
        UnknownVariant: the game has no such variant.
    """

    def seeds(what: str, number: int) -> int:
        return derive(seed, what, number)

    def deal(number: int, seeds: Seeds) -> State:
        own = seeds("round", number)
        state = rules.again(own, seeds("round", number - 1), variant) if number % 2 else rules.start(own, variant)
        return _opened(state, seeds("opening", number), fmt) if fmt.opening_plies else state

    return deal(0, seeds) if fmt.rounds == 1 else Session(deal, seeds, fmt.rounds)


def round_view(view: str, name: str) -> str:
    """What a session's view of that name shows of the round under way: the game's own view, without the session."""
    if name != "json":
        return view.partition("\n")[2]
    told = json.loads(view)
    for key in ("round", "rounds", "total"):
        del told[key]
    return json.dumps(told)


def round_number(state: State) -> int:
    """Which round of its match a position is in, from 0."""
    return state.number if isinstance(state, Session) else 0


def _opened(state: State, seed: int, fmt: Format) -> State:
    """Play random plies, uniform over those that do not end the game; fewer when there is none left."""
    chance = Chance(seed)
    for _ in range(fmt.opening_plies):
        after = _quiet_step(state, chance)
        if after is None:
            break
        state = after
    return state


def _quiet_step(state: State, chance: Chance) -> State | None:
    """The position after a random ply that does not end the game, if there is one."""
    left = state.legal_ids()
    while left:
        after = state.clone()
        after.apply_id(left.pop(chance.below(len(left))))
        if after.seat != OVER:
            return after
    return None


class Session(State):
    """`rounds` rounds of one game. In round k, player i sits at the game's seat (i + k) mod n; scores add up."""

    __slots__ = (
        "_deal",
        "_played",
        "_seats",
        "_seeds",
        "_totals",
        "ended",
        "ids",
        "names",
        "number",
        "round",
        "rounds",
        "rules",
        "seat",
        "variant",
    )

    def __init__(self, deal: Deal, seeds: Seeds, rounds: int) -> None:
        self._deal, self._seeds = deal, seeds
        self.rounds = rounds
        self.number = 0
        self.round = deal(0, seeds)
        self.rules, self.variant = self.round.rules, self.round.variant
        self.names, self.ids = self.round.names, self.round.ids
        self._seats = len(self.round.returns())
        self._totals = [0.0] * self._seats
        self._played: list[str] = []
        self.seat = self.round.seat
        self.ended: State | None = None
        """The last round that is over, as it ended: for who watches, not for a seat."""

    def legal_ids(self) -> list[int]:
        return self.round.legal_ids() if self.seat != OVER else []

    def apply_id(self, action: int) -> None:
        self.round.apply_id(action)
        self._go_on()

    def accepts(self, action: str) -> bool:
        return self.seat != OVER and self.round.accepts(action)

    def play(self, action: str) -> None:
        self.round.play(action)
        self._go_on()

    def _go_on(self) -> None:
        inner = self.round
        if inner.seat == OVER:
            self._close()
        else:
            self.seat = (inner.seat - self.number) % self._seats
        self.names, self.ids = self.round.names, self.round.ids

    def _close(self) -> None:
        """Book the finished round and deal the next."""
        self.ended = self.round
        won = self.round.returns()
        n, k = self._seats, self.number
        for player in range(n):
            self._totals[player] += won[(player + k) % n]
        self._played.extend(self.round.moves())
        if k + 1 == self.rounds:
            self.seat = OVER
            return
        self.number = k + 1
        self.round = self._deal(self.number, self._seeds)
        self.seat = (self.round.seat - self.number) % n

    def returns(self) -> list[float]:
        return list(self._totals)

    def moves(self) -> list[str]:
        return self._played + ([] if self.seat == OVER else self.round.moves())

    def view(self, seat: int, name: str) -> str:
        """The current round as the seat sees it, after one line (or two keys, in JSON) on the session."""
        inner = self.round.view((seat + self.number) % self._seats, name)
        total = self._totals[seat]
        if name == "json":
            return json.dumps({"round": self.number + 1, "rounds": self.rounds, "total": total, **json.loads(inner)})
        if name == "compact":
            return f"{self.number + 1}/{self.rounds} {total:+g}\n{inner}"
        so_far = f"Your total before it: {total:+g}." if self.seat != OVER else f"Your final total: {total:+g}."
        return f"Round {self.number + 1} of {self.rounds}. {so_far}\n{inner}"

    def tensor(self, seat: int) -> NDArray[np.float32]:
        return self.round.tensor((seat + self.number) % self._seats)

    def key(self) -> str:
        return f"{self.number}|{self._totals}|{self.round.key()}"

    def clone(self) -> "Session":
        return self._with(self.round.clone(), self._seeds)

    def determinize(self, seat: int, rng: Chance) -> "Session":
        inner = self.round.determinize((seat + self.number) % self._seats, rng)
        future, seeds, now = rng.word(), self._seeds, self.number

        # A determinised session must not know the true deals to come: it deals as some other match would.
        def other(what: str, number: int) -> int:
            return seeds(what, number if number <= now else derive(future, number))

        return self._with(inner, other)

    def _with(self, inner: State, seeds: Seeds) -> "Session":
        copy = object.__new__(Session)
        copy.rules, copy.variant = self.rules, self.variant
        copy._deal, copy._seeds = self._deal, seeds
        copy.rounds, copy.number, copy.round = self.rounds, self.number, inner
        copy.names, copy.ids, copy.seat, copy._seats = self.names, self.ids, self.seat, self._seats
        copy._totals, copy._played, copy.ended = list(self._totals), list(self._played), self.ended
        return copy
