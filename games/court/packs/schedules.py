"""Schedules: who is free when, and whether there is an hour at which all can meet. Kept for the held-out variant."""

from arena.core.chance import Chance
from games.court.case import Question, sample
from games.court.forms import AnyOf

NAMES = ("Anton", "Berta", "Cosmo", "Dora", "Emil", "Frida", "Gustav", "Helga")
HOURS = ("8:00", "9:00", "10:00", "11:00", "14:00", "15:00", "16:00")
PEOPLE = 3


def draw(chance: Chance) -> Question:
    """Three people and four or five hours: 41% or 49% likely, as long as nothing is known."""
    people = sorted(sample(NAMES, PEOPLE, chance))
    hours = sorted(sample(range(len(HOURS)), 4 + chance.below(2), chance))
    first, second, third = people
    return Question(
        "schedules", f"There is an hour at which {first}, {second} and {third} are all free.",
        tuple(f"{name} at {HOURS[hour]}" for hour in hours for name in people), ("free", "busy"), "words",
        AnyOf(tuple(tuple(range(PEOPLE * i, PEOPLE * (i + 1))) for i in range(len(hours))), PEOPLE * len(hours)),
    )  # fmt: skip
