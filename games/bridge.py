"""Any OpenSpiel game as it is, by its own string: playable, but not curated and not rated.

Actions are named by their ids, since OpenSpiel can only be trusted to describe those that are legal; the player whose
turn it is reads in the prose view what each of them means.
"""

import re
from functools import lru_cache

import pyspiel

from games.openspiel import SpielRules, SpielState
from games.rules import Facts, Format, Variant

FILES = re.compile(r"file\w*\s*=")
"""A parameter that would name a file of the machine that loads the game."""


class BridgedState(SpielState):
    """A position, in OpenSpiel's own words."""

    __slots__ = ()

    def view(self, seat: int, name: str) -> str:
        text = super().view(seat, name)
        if name != "prose" or seat != self.seat:
            return text
        meaning = (f"{a} = {self.spiel.action_to_string(seat, a)}" for a in self.legal_ids())
        return f"{text}\nActions: {'; '.join(meaning)}"


class _Bridged(SpielRules):
    state_class = BridgedState

    def __init__(self, text: str, facts: Facts) -> None:
        super().__init__(facts)
        self._text = text

    def spiel_name(self, variant: str) -> str:
        return self._text

    def action_names(self, game: pyspiel.Game) -> tuple[str, ...]:
        return tuple(map(str, range(game.num_distinct_actions())))


@lru_cache
def bridge(text: str) -> SpielRules:
    """Rules of any OpenSpiel game by its own string, for example `go(board_size=9)`. Unrated; generic views.

    Raises:
        pyspiel.SpielError: OpenSpiel does not know the game or refuses its parameters.
        ValueError: a match of it could not be replayed, or it has no players of its own.
    """
    if FILES.search(text):
        raise ValueError("it would be read from a file")
    game = pyspiel.load_game_as_turn_based(text)
    kind = game.get_type()
    if kind.chance_mode == pyspiel.GameType.ChanceMode.SAMPLED_STOCHASTIC:
        raise ValueError("it draws its chance from a generator of its own, so no match could be replayed")
    if kind.dynamics == pyspiel.GameType.Dynamics.MEAN_FIELD:
        raise ValueError("a mean-field game has a population, not players")
    if kind.action_structs_only:
        raise ValueError("its actions are structures, which have no names")
    return _Bridged(text, _facts(text, game))


def _facts(text: str, game: pyspiel.Game) -> Facts:
    kind = game.get_type()
    shared = kind.utility == pyspiel.GameType.Utility.IDENTICAL
    only = Variant(
        utility=(game.min_utility(), game.max_utility()), max_plies=game.max_game_length(), seats=game.num_players()
    )
    return Facts(
        name=f"openspiel:{text}",
        title=kind.long_name,
        family="board",
        chance=kind.chance_mode != pyspiel.GameType.ChanceMode.DETERMINISTIC,
        hidden=kind.information != pyspiel.GameType.Information.PERFECT_INFORMATION,
        payoff="zero_sum" if game.utility_sum() == 0.0 else "cooperative" if shared else "general_sum",
        rated=Format(),
        engine="openspiel",
        oracle=None,
        perfect_recall=frozenset(),  # some of OpenSpiel's information states forget (goofspiel's the order of bids)
        how_to_play=f"{kind.long_name}, by OpenSpiel's rules.",
        variants={"standard": only},
    )
