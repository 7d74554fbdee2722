"""Tables: a score for each house of a region, and whether most of one region's houses are above a mark."""

from arena.core.chance import Chance
from games.court.case import Question, is_open, sample
from games.court.forms import Total

HOUSES = (
    "Arbel", "Birrin", "Corvo", "Dunmar", "Elsted", "Fenwick", "Galt", "Hollis", "Irden", "Jarrow", "Kestle", "Lorne",
    "Marden", "Norrey", "Ostra", "Pell", "Quill", "Rusk",
)  # fmt: skip
REGIONS = ("north", "south", "east", "west")
SCORES = tuple(range(10, 100, 10))
RECORDS = 12


def draw(chance: Chance) -> Question:
    """A question whose prior is open. The records' values are no part of it."""
    while True:
        region, elsewhere = sample(REGIONS, 2, chance)
        inside = 7 + chance.below(4)
        mark = SCORES[2 + chance.below(4)]
        factors = sample([1] * inside + [0] * (RECORDS - inside), RECORDS, chance)
        houses = sorted(sample(HOUSES, RECORDS, chance))
        question = Question(
            "tables", f"More than half of the {inside} houses of the {region} have a score above {mark}.",
            tuple(f"{h}, {region if f else elsewhere}" for h, f in zip(houses, factors, strict=True)),
            tuple(map(str, SCORES)), "bounds",
            Total(tuple(factors), tuple(int(score > mark) for score in SCORES), inside // 2),
        )  # fmt: skip
        if is_open(question):
            return question
