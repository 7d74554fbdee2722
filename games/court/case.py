"""A case: a public question on records, the hidden value of each record, and who may read which of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeVar

from arena.core.chance import Chance
from games.court.forms import Allowed, Form, form_of

SIDES = ("pro", "con")

Reading = Literal["bounds", "words", "quotes"]


@dataclass(frozen=True)
class Question:
    """What everybody knows: the proposition, what each record is about, and the values that all are equally likely."""

    pack: str
    proposition: str
    about: tuple[str, ...]
    values: tuple[str, ...]
    reading: Reading
    """Which statements can be made of a record: see `games.court.statements`."""
    form: Form

    @property
    def all_allowed(self) -> Allowed:
        return ((1 << len(self.values)) - 1,) * len(self.about)

    @property
    def shares(self) -> tuple[int, int]:
        """How many records both sides may read, and how many more each reads alone. One or two nobody reads."""
        return len(self.about) // 4, len(self.about) // 3

    def told(self) -> dict[str, Any]:
        """All of it but what the records are about, for the JSON view."""
        return {
            "pack": self.pack, "proposition": self.proposition, "values": self.values, "reading": self.reading,
            "form": self.form.told(),
        }  # fmt: skip


def question_of(view: Mapping[str, Any]) -> Question:
    """The question that a JSON view tells."""
    return Question(
        view["pack"], view["proposition"], tuple(record["about"] for record in view["records"].values()),
        tuple(view["values"]), view["reading"], form_of(view["form"]),
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    question: Question
    values: tuple[int, ...]
    """The hidden value of each record, as an index into the question's values."""
    held: tuple[frozenset[int], frozenset[int]]
    """The records that pro, and con, may read."""

    @property
    def truth(self) -> bool:
        return self.question.form.holds(self.values)


def deal(question: Question, chance: Chance) -> Case:
    """Values uniform and independent of each other and of the question, which is what makes the judge's prior right."""
    records, (both, alone) = len(question.about), question.shares
    values = tuple(chance.below(len(question.values)) for _ in range(records))
    rows = sample(range(records), both + 2 * alone, chance)
    shared, rest = rows[:both], rows[both:]
    return Case(question, values, (frozenset(shared + rest[:alone]), frozenset(shared + rest[alone:])))


def redeal(case: Case, seat: int, chance: Chance) -> Case:
    """A case that `seat` cannot tell from this one before the verdict: each such case is as likely as under `deal`."""
    question, own = case.question, case.held[seat]
    both, alone = question.shares
    hidden = [row for row in range(len(question.about)) if row not in own]
    values = [v if row in own else chance.below(len(question.values)) for row, v in enumerate(case.values)]
    other = frozenset(sample(sorted(own), both, chance) + sample(hidden, alone, chance))
    return Case(question, tuple(values), (own, other) if seat == 0 else (other, own))


T = TypeVar("T")


def sample(items: Sequence[T], count: int, chance: Chance) -> list[T]:
    """`count` of the items in random order."""
    left = list(items)
    return [left.pop(chance.below(len(left))) for _ in range(count)]


def is_open(question: Question) -> bool:
    """Whether the prior leaves the question open enough to be argued."""
    return Fraction(1, 3) <= question.form.probability(question.all_allowed) <= Fraction(2, 3)
