"""Graphs: roads that are open or closed, and whether open ones lead from one town to another."""

from collections.abc import Iterator
from itertools import combinations

from arena.core.chance import Chance
from games.court.case import Question, is_open, sample
from games.court.forms import AnyOf

TOWNS = ("Ashby", "Brill", "Crewe", "Dover", "Epsom", "Frome", "Goole")
RECORDS = 12

Road = tuple[int, int]


def draw(chance: Chance) -> Question:
    """A question whose prior is open. The records' values are no part of it."""
    while True:
        here, there = sample(range(len(TOWNS)), 2, chance)
        roads = sorted(sample([*combinations(range(len(TOWNS)), 2)], RECORDS, chance))
        if (min(here, there), max(here, there)) in roads:
            continue
        question = Question(
            "graphs", f"Open roads lead from {TOWNS[here]} to {TOWNS[there]}; any road may be taken either way.",
            tuple(f"{TOWNS[a]}-{TOWNS[b]}" for a, b in roads), ("open", "closed"), "words",
            AnyOf(tuple(_paths(roads, here, there, (here,))), RECORDS),
        )  # fmt: skip
        if is_open(question):
            return question


def _paths(roads: list[Road], here: int, there: int, seen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """The roads of every way that visits no town twice."""
    for i, (a, b) in enumerate(roads):
        if here in (a, b):
            after = a + b - here
            if after == there:
                yield (i,)
            elif after not in seen:
                yield from ((i, *rest) for rest in _paths(roads, after, there, (*seen, after)))
