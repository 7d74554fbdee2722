"""A game that owes nothing to OpenSpiel: seat 0 holds a coin and may tell it or not; seat 1 guesses it."""

import json
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from arena.core.chance import Chance
from games.rules import OVER, Facts, Format, Rules, State, Variant

ACTIONS = ("tell", "hide", "heads", "tails")
IDS = {name: i for i, name in enumerate(ACTIONS)}


class Coin(State):
    names: ClassVar = ACTIONS
    ids: ClassVar = IDS
    variant = "standard"

    @property
    def rules(self) -> Rules:  # type: ignore[override]
        return LEAKING if self.leaking else HONEST

    def __init__(self, coin: int, played: list[str], *, leaking: bool) -> None:
        self.coin, self.played, self.leaking = coin, played, leaking
        self.seat = (0, 1, OVER)[len(played)]

    def legal_ids(self) -> list[int]:
        return {0: [0, 1], 1: [2, 3], OVER: []}[self.seat]

    def apply_id(self, action: int) -> None:
        self.played.append(ACTIONS[action])
        self.seat = (0, 1, OVER)[len(self.played)]

    def returns(self) -> list[float]:
        if self.seat != OVER:
            return [0.0, 0.0]
        won = 1.0 if self.played[1] == ACTIONS[2 + self.coin] else -1.0
        return [-won, won]

    def moves(self) -> list[str]:
        return list(self.played)

    def knows(self, seat: int) -> bool:
        return seat == 0 or self.played[:1] == ["tell"] or self.seat == OVER

    def view(self, seat: int, name: str) -> str:
        coin = ACTIONS[2 + self.coin] if self.knows(seat) or (self.leaking and name == "prose") else "?"
        known = {"seat": seat, "coin": coin, "played": self.played}
        return json.dumps(known) if name == "json" else f"{seat} {coin} {' '.join(self.played)}"

    def tensor(self, seat: int) -> NDArray[np.float32]:
        return np.array([seat, self.coin if self.knows(seat) else -1, len(self.played)], np.float32)

    def key(self) -> str:
        return f"{self.coin} {self.played}"

    def clone(self) -> "Coin":
        return Coin(self.coin, list(self.played), leaking=self.leaking)

    def determinize(self, seat: int, rng: Chance) -> "Coin":
        coin = self.coin if self.knows(seat) else rng.below(2)
        return Coin(coin, list(self.played), leaking=self.leaking)


class CoinRules(Rules):
    facts = Facts(
        name="coin", title="Coin", family="card", chance=True, hidden=True, payoff="zero_sum",
        rated=Format(rounds=20), oracle=None, perfect_recall=frozenset({"prose", "compact", "json"}),
        how_to_play="Tell the coin or hide it; guess it.",
        variants={"standard": Variant(utility=(-1, 1), max_plies=2)},
    )  # fmt: skip

    def __init__(self, *, leaking: bool) -> None:
        self.leaking = leaking

    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        return ACTIONS

    def start(self, seed: int, variant: str = "standard") -> Coin:
        return Coin(Chance(seed).below(2), [], leaking=self.leaking)


HONEST = CoinRules(leaking=False)
LEAKING = CoinRules(leaking=True)
