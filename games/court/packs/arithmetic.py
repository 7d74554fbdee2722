"""Arithmetic: entries of a ledger, and whether what came in exceeds what went out by more than an amount."""

from arena.core.chance import Chance
from games.court.case import Question, is_open, sample
from games.court.forms import Total

GOODS = (
    "barley", "candles", "cloth", "copper", "flour", "glass", "honey", "iron", "linen", "oil", "paper", "rope", "salt",
    "soap", "tea", "tin", "wax", "wool",
)  # fmt: skip
KINDS = {1: "paid in", -1: "paid out", 0: "on loan"}
AMOUNTS = tuple(range(1, 10))
RECORDS = 12


def draw(chance: Chance) -> Question:
    """A question whose prior is open. The records' values are no part of it."""
    while True:
        income, cost = 4 + chance.below(3), 3 + chance.below(3)
        kinds = [1] * income + [-1] * cost + [0] * (RECORDS - income - cost)
        factors = sample(kinds, RECORDS, chance)
        least = 5 * (income - cost) - 4 + chance.below(8)
        goods = sorted(sample(GOODS, RECORDS, chance))
        question = Question(
            "arithmetic", f"All that was paid in, less all that was paid out, comes to more than {least}.",
            tuple(f"{name}, {KINDS[f]}" for name, f in zip(goods, factors, strict=True)),
            tuple(map(str, AMOUNTS)), "bounds", Total(tuple(factors), AMOUNTS, least),
        )  # fmt: skip
        if is_open(question):
            return question
