"""Passages: what witnesses wrote, to be quoted word for word, and whether more of them name one place than another."""

from arena.core.chance import Chance
from games.court.case import Question, is_open, sample
from games.court.forms import Total

NAMES = (
    "Ada", "Bruno", "Clara", "Diego", "Edith", "Felix", "Greta", "Hugo", "Irma", "Jonas", "Klara", "Lars", "Mara",
    "Nils", "Olga", "Piet", "Rosa", "Sven",
)  # fmt: skip
PLACES = ("at the mill", "at the ford", "on the road", "by the church", "in the yard")
HOURS = ("at dawn", "at noon", "at dusk")
THINGS = ("cart", "mare", "lantern", "coat")
OATH = ("not sworn", "sworn")
RECORDS = 12


def draw(chance: Chance) -> Question:
    """A question whose prior is open. The records' values are no part of it."""
    while True:
        places = sample(PLACES, 2, chance)
        thing = THINGS[chance.below(len(THINGS))]
        sworn = 7 + chance.below(4)
        factors = sample([1] * sworn + [0] * (RECORDS - sworn), RECORDS, chance)
        least = chance.below(2)
        names = sorted(sample(NAMES, RECORDS, chance))
        more, than = ("More", "than") if least else ("At least as many", "as")
        question = Question(
            "passages", f"{more} of the sworn witnesses saw the {thing} {places[0]} {than} {places[1]}.",
            tuple(f"{name}, {OATH[f]}" for name, f in zip(names, factors, strict=True)),
            tuple(f"I saw the {thing} {place} {hour}." for place in places for hour in HOURS), "quotes",
            Total(tuple(factors), (1, 1, 1, -1, -1, -1), least - 1),
        )  # fmt: skip
        if is_open(question):
            return question
