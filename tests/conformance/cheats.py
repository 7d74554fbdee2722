"""Games with one fault each. The suite must find each of them, for that reason."""

import random
from dataclasses import replace

from arena.core.chance import Chance
from games.card.kuhn_poker import FACTS, Kuhn
from games.card.leduc_poker import ACTIONS, Leduc
from games.card.leduc_poker import FACTS as LEDUC_FACTS
from games.openspiel import SpielRules, SpielState
from games.rules import Variant

CARDS = "JQK"


class _Rules(SpielRules):
    def action_names(self, game: object) -> tuple[str, ...]:
        return ("pass", "bet")


class _LeducRules(SpielRules):
    state_class = Leduc

    def action_names(self, game: object) -> tuple[str, ...]:
        return ACTIONS


def rules(state: type[SpielState], **facts: object) -> SpielRules:
    made = _LeducRules(LEDUC_FACTS) if issubclass(state, Leduc) else _Rules(replace(FACTS, **facts))
    made.state_class = state
    return made


class TellsTheOtherCard(Kuhn):
    """The prose tells what the opponent holds."""

    def view(self, seat: int, name: str) -> str:
        text = super().view(seat, name)
        other = CARDS[int(self.key().split(" ")[1 - seat])]
        return f"{text} They hold {other}." if name == "prose" else text


class TellsInTheTensor(Kuhn):
    """The tensor holds both cards."""

    def tensor(self, seat: int):
        tensor = super().tensor(seat)
        tensor[0] = float(self.key().split(" ")[1 - seat])
        return tensor


class TellsInWhiteSpace(Kuhn):
    """The opponent's card is the number of trailing spaces."""

    def view(self, seat: int, name: str) -> str:
        text = super().view(seat, name)
        return text + " " * int(self.key().split(" ")[1 - seat]) if name == "compact" else text


class DeterminizesToTheTruth(Kuhn):
    """Search would see the cards."""

    def determinize(self, seat: int, rng: Chance) -> SpielState:
        return self.at(self.spiel.clone(), Chance(rng.word()))


class KeepsTheFuture(Leduc):
    """Search would see the public card before it is turned."""

    def determinize(self, seat: int, rng: Chance) -> SpielState:
        return self.at(super().determinize(seat, rng).spiel, self.chance.copy())


class Forgets(Kuhn):
    """The compact view keeps the card only."""

    def view(self, seat: int, name: str) -> str:
        text = super().view(seat, name)
        return text[:3] if name == "compact" else text


class ReadsGlobalRandomness(Kuhn):
    """Its text depends on Python's own generator."""

    def view(self, seat: int, name: str) -> str:
        text = super().view(seat, name)
        return text + random.choice(["", " "]) if name == "prose" else text


class Helps(Kuhn):
    """Takes BET for bet."""

    def apply(self, action: str) -> None:
        super().apply(action.lower())


class PaysTheDealer(Kuhn):
    """A rake: the scores do not sum to zero."""

    def returns(self) -> list[float]:
        return [score - 0.25 if score > 0 else score for score in super().returns()]


class SharesItsClones(Kuhn):
    """A clone is the same position under another name."""

    def clone(self) -> SpielState:
        return self.at(self.spiel, self.chance)


CHEATS = {
    ("views_do_not_leak", "prose leaks"): rules(TellsTheOtherCard),
    ("determinised_states_look_the_same", "prose leaks"): rules(TellsTheOtherCard),
    ("views_do_not_leak", "tensor leaks"): rules(TellsInTheTensor),
    ("views_do_not_leak", "compact leaks"): rules(TellsInWhiteSpace),
    ("determinize_reaches_every_state", "only 1 of 2"): rules(DeterminizesToTheTruth),
    ("determinize_hides_the_future", "met the true future"): rules(KeepsTheFuture),
    ("perfect_recall_tells_apart", "compact: seat"): rules(Forgets),
    ("perfect_recall_remembers", "compact: seat"): rules(Forgets),
    ("global_randomness_is_left_alone", "global random"): rules(ReadsGlobalRandomness),
    ("near_misses_are_refused", "'PASS' was taken"): rules(Helps),
    ("scores_add_up", "do not sum to zero"): rules(PaysTheDealer),
    ("rewards_are_the_returns", "the rules pay"): rules(PaysTheDealer),
    ("clones_are_independent", "changed the original"): rules(SharesItsClones),
    ("scores_are_in_bounds", "outside"): rules(Kuhn, variants={"standard": Variant(utility=(-1, 1), max_plies=3)}),
    ("matches_end", "max_plies"): rules(Kuhn, variants={"standard": Variant(utility=(-2, 2), max_plies=2)}),
}
