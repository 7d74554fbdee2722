"""The scripted players of the two poker games: hand strength and nothing else."""

import random
from typing import Any

import pytest

from games import catalog
from tests.unit.games.card.tournament import at_random, equilibrium, mean_scores, script


@pytest.mark.parametrize(
    ("card", "actions", "answer"),
    [("K", [], "bet"), ("Q", [], "bet"), ("J", [], "pass"), ("Q", ["pass", "bet"], "bet"), ("J", ["bet"], "pass"),
     ("A", ["pass"], "bet")],
)  # fmt: skip
def test_kuhns_greedy_bets_its_card(card: str, actions: list[str], answer: str) -> None:
    assert ask("kuhn_poker", {"card": card, "actions": actions}, ["pass", "bet"]) == answer


@pytest.mark.parametrize(
    ("card", "public", "legal", "answer"),
    [
        ("Ks", None, ["call", "raise"], "raise"),
        ("Ks", None, ["fold", "call"], "call"),
        ("Js", "Jh", ["fold", "call", "raise"], "raise"),
        ("Js", None, ["fold", "call", "raise"], "fold"),
        ("Js", None, ["call", "raise"], "call"),
        ("Qs", "Kh", ["fold", "call", "raise"], "raise"),
        ("Js", "Kh", ["fold", "call"], "fold"),
    ],
)
def test_leducs_greedy_bets_its_hand(card: str, public: str | None, legal: list[str], answer: str) -> None:
    assert ask("leduc_poker", {"card": card, "public": public}, legal) == answer


@pytest.mark.parametrize("game", ["kuhn_poker", "leduc_poker"])
def test_random_loses_to_greedy_and_greedy_to_an_equilibrium(game: str) -> None:
    greedy = script(game, "greedy")
    assert mean_scores(game, [greedy, at_random], 2000)[0] > 0.1
    assert mean_scores(game, [equilibrium(game), greedy], 4000)[0] > 0.02


@pytest.mark.parametrize("game", ["kuhn_poker", "leduc_poker"])
def test_greedy_gains_from_two_random_players(game: str) -> None:
    assert mean_scores(game, [script(game, "greedy"), at_random, at_random], 1000, "three_players")[0] > 0.1


def ask(game: str, seen: dict[str, Any], legal: list[str]) -> str:
    return catalog.load(game).scripts["greedy"](seen, legal, random.Random(0))
