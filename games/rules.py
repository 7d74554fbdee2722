"""The contract every game fulfils: facts, and a pure seeded state. It knows nothing of PettingZoo.

A game is one file under `games/board`, `card`, `text` or `debate` that defines `RULES`. Its state is a function of
(variant, format, seed, actions): nothing else, so a match can be replayed anywhere. See `docs/games.md` for the laws.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from arena.core.chance import Chance
from arena.core.errors import BadFormat, IllegalAction, NoOracle, UnknownVariant, UnknownView
from arena.core.nearest import choose

OVER = -1
"""What `State.seat` is when the game has ended."""

VIEWS = ("prose", "compact", "json")
"""The views every curated game has. A game may add its own."""

Family = Literal["text", "debate", "board", "card"]

Script = Callable[[Mapping[str, Any], Sequence[str], random.Random], str]
"""A scripted player: from what its seat's JSON view tells, the legal actions and a random stream, an action."""

SHOWN = 20
SHORT = 40
"""Characters that are told of a refused action."""
"""Legal actions that an error names."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One setting of a game's parameters. `split` keeps training apart from what is held out.

    `utility` bounds one round's score, `max_plies` its length in decisions (chance excluded).
    """

    utility: tuple[float, float]
    max_plies: int
    split: Literal["train", "validation", "heldout"] = "train"
    seats: int = 2
    judges: frozenset[int] = frozenset()
    """Seats that judge the others and never score themselves."""
    solved: bool = True
    """Whether the game's oracle knows this variant, too: some are too large for it, or have too many seats for it."""
    parameters: Mapping[str, int | str | bool] = field(default_factory=dict[str, int | str | bool])


@dataclass(frozen=True, slots=True)
class Format:
    """How one match is made of a game: how many rounds, and how many random plies open each of them."""

    rounds: int = 1
    opening_plies: int = 0

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.opening_plies < 0:
            what = f"A match of {self.rounds} rounds after {self.opening_plies} plies is none."
            raise BadFormat(what, todo="Give at least one round, and no fewer than 0 plies of opening.")


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
    oracle: Literal["minimax", "cfr", "search", "own"] | None
    """Who knows what an action is worth: a solver under `games/solve`, or (`own`) the game's file itself."""
    perfect_recall: frozenset[str]
    """The views that forget nothing of a round. In a session, rounds that are over are only in the total."""
    how_to_play: str
    variants: Mapping[str, Variant]
    more_views: tuple[str, ...] = ()
    """Views beyond those that every game has."""
    simultaneous: bool = False
    """Whether all seats move at once, each exactly once a round, unseen by the others: they are asked in turn."""
    text: bool = False
    """Whether actions are texts: some turns take more than the moves that `legal()` offers."""
    scripts: frozenset[str] = frozenset()
    """Names of the scripted players in `Rules.scripts`: `greedy`, `oracle`, `silent`."""
    playouts: Literal["quick", "slow"] = "quick"
    """`slow` if a random game takes OpenSpiel milliseconds: too long for agents of which a host plays many at once."""
    engine: Literal["own", "openspiel"] = "own"
    """What plays it. Agents that search with OpenSpiel's own code need its engine."""
    engine_version: str = ""
    """Of what plays it, where that is neither its own file nor OpenSpiel."""
    version: int = 1
    """Raised with every change of what a replay gives: rules, action names, the text of a position."""

    @property
    def pairing(self) -> Literal["open", "hidden"]:
        """Open games play both legs of a pair on one seed; hidden ones take a fresh seed for each leg."""
        return "hidden" if self.hidden else "open"

    @property
    def round_is(self) -> Literal["hand", "round"]:
        """What people call a round of it."""
        return "hand" if self.family == "card" else "round"

    @property
    def laddered(self) -> bool:
        """Whether it has an Elo ladder: for one against one, what the one wins the other loses (decision 17)."""
        return self.payoff == "zero_sum" and self.variants["standard"].seats == 2

    @property
    def views(self) -> tuple[str, ...]:
        return VIEWS + self.more_views


class State(ABC):
    """One position of one match, with its own chance stream. `apply` changes it; `clone` copies it.

    Actions are canonical strings; each is also an index into `Rules.actions(variant)`, which is what PettingZoo and
    the hot paths use. Not thread-safe.
    """

    __slots__ = ()

    rules: "Rules"
    variant: str
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

    def accepts(self, action: str) -> bool:
        """Whether an action is legal here. Where text is free, more is than `legal()` offers."""
        index = self.ids.get(action)
        return index is not None and index in self.legal_ids()

    def play(self, action: str) -> None:
        """Play an action that `accepts` takes. Unchecked."""
        self.apply_id(self.ids[action])

    def apply(self, action: str) -> None:
        """Play one action by name. Raises `IllegalAction`, the state unchanged, for what `accepts` does not take."""
        if not isinstance(action, str) or not self.accepts(action):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise refusal(str(action), self)
        self.play(action)


class TextState(State):
    """A position of a game whose actions are texts. Its ids count what `legal()` offers here and now.

    A subclass calls `turn` at the start and after each `play`, and overrides `accepts` where text is free. What is
    offered must be a function of what the seat knows; each offer is one printable line.
    """

    __slots__ = ("ids", "names", "rules", "seat", "variant")
    FEATURES = 1024
    """Length of the tensor: the end of the compact view, as character codes."""

    def turn(self, seat: int, offers: Sequence[str]) -> None:
        """Say whose turn it is and what is offered: at least one action, or none once it is over."""
        self.seat, self.names = seat, tuple(offers)
        self.ids = {name: i for i, name in enumerate(self.names)}

    def legal_ids(self) -> list[int]:
        return list(range(len(self.names)))

    def apply_id(self, action: int) -> None:
        self.play(self.names[action])

    @abstractmethod
    def play(self, action: str) -> None:
        """Play an action that `accepts` takes. Unchecked."""

    def tensor(self, seat: int) -> NDArray[np.float32]:
        codes = np.frombuffer(self.view(seat, "compact")[-self.FEATURES :].encode("ascii", "replace"), np.uint8)
        found = np.zeros(self.FEATURES, np.float32)
        found[: len(codes)] = codes
        return found / np.float32(128)


class Rules(ABC):
    """One game."""

    facts: Facts
    scripts: Mapping[str, Script] = {}
    """The game's scripted players, by the names in `facts.scripts`."""

    @abstractmethod
    def actions(self, variant: str = "standard") -> tuple[str, ...]:
        """Every canonical action of the variant; the position is the action's id. Empty where actions are texts."""

    def action_values(self, state: State) -> dict[str, float]:
        """Where `facts.oracle` is `own`: what each legal action is worth to the seat whose turn it is.

        Ask `games.solve.oracle.oracle`, which serves every game.
        """
        raise NoOracle(f"{self.facts.name} has no oracle of its own.", todo="Ask for a game whose facts name one.")

    @abstractmethod
    def start(self, seed: int, variant: str = "standard") -> State:
        """The first position of one round. Chance is drawn from `seed` alone."""

    def again(self, seed: int, former: int, variant: str = "standard") -> State:
        """The second round of a pair in a session, where seats are swapped. It may take from the first, whose seed is
        `former`, what both seats have seen of it; unless a game says otherwise it takes nothing."""
        return self.start(seed, variant)

    def check_variant(self, name: str) -> Variant:
        """The variant of that name, or `UnknownVariant`."""
        found = self.facts.variants.get(name)
        if found is None:
            raise UnknownVariant(f"{self.facts.name} has no variant {name!r}.", todo=choose(name, self.facts.variants))
        return found

    def check_view(self, name: str) -> str:
        """`name` itself, or `UnknownView`."""
        if name not in self.facts.views:
            raise UnknownView(f"{self.facts.name} has no view {name!r}.", todo=choose(name, self.facts.views))
        return name


def refusal(action: str, state: State) -> IllegalAction:
    """The error for an action that is not legal, and what is, both cut to what can be read."""
    shown = action if len(action) <= SHORT else action[:SHORT] + "…"
    legal, texts = state.legal(), state.rules.facts.text
    if not legal:
        return IllegalAction(f"{shown!r} is too late: the game is over.", todo="Begin another one.")
    some = (" / " if texts else ", ").join(legal[:SHOWN]) + (", …" if len(legal) > SHOWN else "")
    others = " Offered are only some: the rules of the game say what else may be written." if texts else ""
    return IllegalAction(f"{shown!r} is not a legal action here.", todo=f"Legal: {some}.{others}")
