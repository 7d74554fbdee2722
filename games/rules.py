"""The contract every game fulfils: facts, and a pure seeded state. It knows nothing of PettingZoo.

A game is one file under `games/board`, `card`, `text` or `debate` that defines `RULES`. Its state is a function of
(variant, format, seed, actions): nothing else, so a match can be replayed anywhere. See `docs/games.md` for the laws.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from arena.core.chance import Chance
from arena.core.errors import IllegalAction, UnknownVariant, UnknownView

OVER = -1
"""What `State.seat` is when the game has ended."""

VIEWS = ("prose", "compact", "json")
"""The views every curated game has. A game may add its own."""

Family = Literal["text", "debate", "board", "card"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One setting of a game's parameters. `split` keeps training apart from what is held out.

    `utility` bounds one round's score, `max_plies` its length in decisions (chance excluded).
    """

    utility: tuple[float, float]
    max_plies: int
    split: Literal["train", "validation", "heldout"] = "train"
    seats: int = 2
    parameters: Mapping[str, int | str | bool] = field(default_factory=dict[str, int | str | bool])


@dataclass(frozen=True, slots=True)
class Format:
    """How one match is made of a game: how many rounds, and how many random plies open each of them."""

    rounds: int = 1
    opening_plies: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a game before anyone plays it."""

    name: str
    title: str
    family: Family
    chance: bool
    hidden: bool
    payoff: Literal["zero_sum", "cooperative", "general_sum"]
    rated: Format
    oracle: Literal["minimax", "cfr"] | None
    perfect_recall: frozenset[str]
    """The views that forget nothing of a round. In a session, rounds that are over are only in the total."""
    how_to_play: str
    variants: Mapping[str, Variant]
    engine: Literal["own", "openspiel"] = "own"
    """What plays it. Agents that search with OpenSpiel's own code need its engine."""
    version: int = 1
    """Raised with every change of what a replay gives: rules, action names, the text of a position."""

    @property
    def pairing(self) -> Literal["open", "hidden"]:
        """Open games play both legs of a pair on one seed; hidden ones take a fresh seed for each leg."""
        return "hidden" if self.hidden else "open"

    @property
    def views(self) -> tuple[str, ...]:
        return VIEWS


class State(ABC):
    """One position of one match, with its own chance stream. `apply` changes it; `clone` copies it.

    Actions are canonical strings; each is also an index into `Rules.actions(variant)`, which is what PettingZoo and
    the hot paths use. Not thread-safe.
    """

    __slots__ = ()

    seat: int
    """Whose turn it is, or `OVER`."""
    names: Sequence[str]
    """The canonical name of every action id."""
    ids: Mapping[str, int]
    """The action id of every canonical name."""

    @abstractmethod
    def legal_ids(self) -> list[int]:
        """Ids of the legal actions, ascending; empty when over."""

    @abstractmethod
    def apply_id(self, action: int) -> None:
        """Play a legal action. Unchecked: call it with a member of `legal_ids()`."""

    @abstractmethod
    def returns(self) -> list[float]:
        """Each seat's exact score so far; final once over."""

    @abstractmethod
    def moves(self) -> list[str]:
        """Every action taken, chance excluded, in order. Not a view: it is for the arena, not for a seat."""

    @abstractmethod
    def view(self, seat: int, name: str) -> str:
        """What `seat` may know, as text. Raises `UnknownView`."""

    @abstractmethod
    def tensor(self, seat: int) -> NDArray[np.float32]:
        """What `seat` may know, as a flat float array of fixed length."""

    @abstractmethod
    def key(self) -> str:
        """The whole position, hidden parts too, as canonical text. It goes into the game hash."""

    @abstractmethod
    def clone(self) -> "State":
        """An independent copy that will meet the same chance events."""

    @abstractmethod
    def determinize(self, seat: int, rng: Chance) -> "State":
        """A full state consistent with what `seat` knows, with its own future chance events drawn from `rng`."""

    def legal(self) -> list[str]:
        """Canonical names of the legal actions."""
        names = self.names
        return [names[i] for i in self.legal_ids()]

    def apply(self, action: str) -> None:
        """Play one action by name. Raises `IllegalAction`, the state unchanged, for anything not in `legal()`."""
        index = self.ids.get(action)
        if index is None or index not in self.legal_ids():
            shown = action if len(action) <= 40 else action[:40] + "…"
            raise IllegalAction(f"{shown!r} is not a legal action here.", todo=f"Legal: {', '.join(self.legal())}.")
        self.apply_id(index)


class Rules(ABC):
    """One game."""

    facts: Facts

    @abstractmethod
    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        """Every canonical action of the variant; the position is the action's id."""

    @abstractmethod
    def start(self, seed: int, variant: str = "standard") -> State:
        """The first position of one round. Chance is drawn from `seed` alone."""

    def check_variant(self, name: str) -> Variant:
        """The variant of that name, or `UnknownVariant`."""
        found = self.facts.variants.get(name)
        if found is None:
            known = ", ".join(self.facts.variants)
            raise UnknownVariant(f"{self.facts.name} has no variant {name!r}.", todo=f"Choose one of: {known}.")
        return found

    def check_view(self, name: str) -> str:
        """`name` itself, or `UnknownView`."""
        if name not in self.facts.views:
            known = ", ".join(self.facts.views)
            raise UnknownView(f"{self.facts.name} has no view {name!r}.", todo=f"Choose one of: {known}.")
        return name
