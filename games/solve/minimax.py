"""Exact solution of small open zero-sum games for two players, over nothing but the rules contract.

Optimal actions are many in a drawn game, so each also carries a second value: the expected score against an opponent
who plays uniformly at random, if we keep to optimal actions and, among those, to the ones best against that opponent.
"""

from functools import lru_cache

from games.rules import OVER, Rules, State
from games.solve.oracle import Table

Worth = tuple[float, tuple[float, float]]
"""Of a position: seat 0's minimax value, and each seat's expected score against a random opponent."""


@lru_cache(maxsize=32)
def solve(rules: Rules, variant: str = "standard") -> Table:
    """The value of every action in every position that play from the start can reach.

    Raises:
        ValueError: the game is not an open, deterministic, zero-sum game for two, or its compact view does not
            identify the position for the seat whose turn it is.
    """
    facts = rules.facts
    if facts.chance or facts.hidden or facts.payoff != "zero_sum" or rules.check_variant(variant).seats != 2:
        raise ValueError(f"{facts.name}/{variant} is not an open, deterministic, zero-sum game for two")
    solver = _Solver()
    solver.worth(rules.start(0, variant))
    return Table(solver.entries)


class _Solver:
    def __init__(self) -> None:
        self.entries: dict[str, dict[str, tuple[float, float]]] = {}
        self._known: dict[str, Worth] = {}

    def worth(self, state: State) -> Worth:
        """The worth of a position; those below it go into `entries` on the way."""
        if state.seat == OVER:
            first, second = state.returns()
            return first, (first, second)
        key = state.key()
        if key not in self._known:
            self._known[key] = self._look_ahead(state)
        return self._known[key]

    def _look_ahead(self, state: State) -> Worth:
        mover = state.seat
        sign = 1.0 if mover == 0 else -1.0
        below: dict[str, Worth] = {}
        for action in state.legal_ids():
            after = state.clone()
            after.apply_id(action)
            below[state.names[action]] = self.worth(after)
        # Equal sums differ in the last bit when they are summed in another order: ties must stay ties.
        entry = {name: (sign * value + 0.0, round(against[mover], 12)) for name, (value, against) in below.items()}
        self._note(state.view(mover, "compact"), entry)
        value, own = max(entry.values())
        other = sum(against[1 - mover] for _, against in below.values()) / len(below)
        return sign * value, (own, other) if mover == 0 else (other, own)

    def _note(self, view: str, entry: dict[str, tuple[float, float]]) -> None:
        if view in self.entries or "\n" in view:
            raise ValueError(f"the compact view {view!r} does not identify a position")
        self.entries[view] = entry


def action_values(state: State) -> dict[str, float]:
    """Exact minimax values of a position of a solved game. Raises `ValueError` where `solve` does."""
    return solve(state.rules, state.variant).action_values(state.view(state.seat, "compact"))
