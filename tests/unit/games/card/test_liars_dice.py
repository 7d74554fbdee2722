"""Liar's dice: what a bid says, what a call pays, what is told, and who is stronger."""

import pytest

from arena.core.chance import Chance
from games.card.liars_dice import FACTS, RULES, LiarsDice, chance_of
from games.rules import OVER
from games.solve.cfr import solve
from games.solve.oracle import oracle
from tests.unit.games.card.tournament import at_random, equilibrium, mean_scores, script


def rolled(first: int, second: int) -> LiarsDice:
    """A standard round in which the players rolled these."""
    spiel = RULES.game().new_initial_state()
    for die in (first, second):
        spiel.apply_action(die - 1)
    state = RULES.start(0).at(spiel, Chance(0))
    assert isinstance(state, LiarsDice)
    return state


@pytest.mark.parametrize(
    ("first", "second", "bid", "is_true"),
    [(1, 2, "1-2", True), (1, 2, "1-3", False), (2, 2, "2-2", True), (2, 4, "2-2", True), (4, 4, "2-1", True),
     (2, 4, "2-4", False), (3, 1, "2-3", False)],
)  # fmt: skip
def test_a_call_is_settled_by_all_dice_with_the_highest_face_wild(
    first: int, second: int, bid: str, *, is_true: bool
) -> None:
    state = rolled(first, second)
    state.apply(bid)
    state.apply("liar")
    assert state.returns() == ([1.0, -1.0] if is_true else [-1.0, 1.0])


def test_bids_rise_and_the_first_move_is_no_call() -> None:
    state = rolled(1, 2)
    assert state.legal() == ["1-1", "1-2", "1-3", "1-4", "2-1", "2-2", "2-3", "2-4"]
    state.apply("1-3")
    assert state.legal() == ["1-4", "2-1", "2-2", "2-3", "2-4", "liar"]
    state.apply("2-4")
    assert state.legal() == ["liar"]


def test_a_seat_reads_its_own_dice_and_only_the_score_of_the_other() -> None:
    state = rolled(1, 3)
    state.apply("1-3")
    assert state.view(0, "compact") == "1 1 1-3"
    state.apply("liar")
    assert state.seat == OVER
    assert state.view(0, "compact") == "1 1 1-3 liar +1/-1"
    others = {state.determinize(0, Chance(i)).key()[2] for i in range(50)}
    assert others == {"3", "4"}


@pytest.mark.parametrize(
    ("bid", "dice", "faces", "chance"),
    [("1-2", [2], 4, 1.0), ("1-2", [1], 4, 0.5), ("2-2", [4], 4, 0.5), ("2-4", [4], 4, 0.25), ("2-4", [1], 4, 0.0),
     ("2-1", [2, 3], 6, 1 / 9)],
)  # fmt: skip
def test_chances_of_bids(bid: str, dice: list[int], faces: int, chance: float) -> None:
    seen = {"your_dice": dice, "dice_of_each": len(dice), "faces": faces}
    assert chance_of(bid, seen) == pytest.approx(chance)


def test_the_oracle_is_near_an_equilibrium_and_knows_a_sure_win() -> None:
    assert solve(RULES).nash_conv < 0.02
    state = rolled(1, 2)
    state.apply("2-4")
    assert oracle(state) == {"liar": 1.0}


def test_players_differ_in_strength() -> None:
    greedy, best = script("liars_dice", "greedy"), equilibrium("liars_dice")
    assert mean_scores("liars_dice", [greedy, at_random], 600)[0] > 0.3
    assert mean_scores("liars_dice", [best, greedy], 600)[0] > 0.05


@pytest.mark.parametrize("variant", FACTS.variants)
def test_greedy_plays_every_variant(variant: str) -> None:
    assert mean_scores("liars_dice", [script("liars_dice", "greedy"), at_random], 200, variant)[0] > 0.2
