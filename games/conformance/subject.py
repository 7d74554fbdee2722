"""What the laws look at: one variant of one game, with the ways to play it that they share."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from arena.core.chance import Chance
from games.openspiel import SpielRules, SpielState
from games.rules import OVER, Format, Rules, State, Variant
from games.session import start

ONE = Format()
HAND = Format(rounds=5)
SMALL_TREE = 12_000


@dataclass(frozen=True)
class Subject:
    """A variant on trial. `golden` is the folder of its golden transcripts, where there is one."""

    rules: Rules
    variant: str = "standard"
    golden: Path | None = None
    effort: int = 300
    """About how many positions a law that plays at random looks at."""

    @property
    def facts(self) -> Variant:
        return self.rules.check_variant(self.variant)

    @property
    def label(self) -> str:
        return f"{self.rules.facts.name}/{self.variant}"

    @property
    def formats(self) -> tuple[Format, ...]:
        """A single round, a short session, and the format in which the game is rated."""
        return tuple(dict.fromkeys((ONE, HAND, self.rules.facts.rated)))

    def start(self, seed: int, fmt: Format = ONE) -> State:
        return start(self.rules, seed, self.variant, fmt)

    def positions(self, fmt: Format = ONE, effort: int | None = None) -> Iterator[State]:
        """Live states of random matches, first to last position of each, until the effort is spent."""
        left, seed = effort or self.effort, 0
        while left > 0:
            for state in random_match(self.start(seed, fmt), Chance(seed)):
                left -= 1
                yield state
            seed += 1

    def everywhere(self) -> Iterator[State]:
        """Every position where the game is small, else those of random matches."""
        tree = every_position(self)
        yield from tree if tree is not None else self.positions()


def random_match(state: State, chance: Chance) -> Iterator[State]:
    """The same state object at each of its positions, played by `chance` to the end."""
    yield state
    while state.seat != OVER:
        legal = state.legal_ids()
        state.apply_id(legal[chance.below(len(legal))])
        yield state


@lru_cache(maxsize=64)
def every_position(subject: Subject) -> list[SpielState] | None:
    """Every position of a small OpenSpiel game; None for a large one, or for rules of another make."""
    rules = subject.rules
    if not isinstance(rules, SpielRules):
        return None
    template = rules.start(0, subject.variant)
    found: list[SpielState] = []
    ahead = [rules.game(subject.variant).new_initial_state()]
    while ahead:
        here = ahead.pop()
        if not here.is_chance_node():
            found.append(template.at(here, Chance(0)))
        if len(found) > SMALL_TREE or (here.current_player() < OVER and not here.is_terminal()):
            return None
        if not here.is_terminal():
            ahead.extend(here.child(action) for action in here.legal_actions())
    return found


def information(state: State, seat: int) -> str | None:
    """The seat's information set by OpenSpiel's definition, scores added at the end; None where it gives none."""
    if not isinstance(state, SpielState):
        return None
    if not state.spiel.get_game().get_type().provides_information_state_string:
        return None
    scores = state.returns() if state.seat == OVER else ""
    return f"{state.spiel.information_state_string(seat)}|{scores}"


def seats(state: State) -> range:
    """Every seat's number."""
    return range(len(state.returns()))
