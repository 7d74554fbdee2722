"""Equilibria: near enough, complete, and exactly better than random play."""

import time
from collections.abc import Callable

import pyspiel
import pytest

from arena.core.chance import Chance
from games import catalog
from games.openspiel import SpielState
from games.rules import State
from games.solve.cfr import solve

Play = Callable[[State], dict[str, float]]


@pytest.mark.parametrize(("name", "bound", "limit_s"), [("kuhn_poker", 1e-3, 1.0), ("leduc_poker", 0.1, 4.0)])
def test_it_is_near_an_equilibrium(name: str, bound: float, limit_s: float) -> None:
    solve.cache_clear()
    begun = time.process_time()
    policy = solve(catalog.load(name))
    assert time.process_time() - begun < limit_s
    assert 0.0 <= policy.nash_conv <= bound


def test_kuhns_value_is_minus_one_eighteenth_for_the_first_seat() -> None:
    assert value("kuhn_poker", 0, solved("kuhn_poker"), solved("kuhn_poker")) == pytest.approx(-1 / 18, abs=1e-3)


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_over_both_seats_it_gains_from_a_uniform_player(name: str) -> None:
    equilibrium = solved(name)
    gains = value(name, 0, equilibrium, uniform), value(name, 1, uniform, equilibrium)
    assert sum(gains) > 0.25
    assert min(gains) > 0.05


@pytest.mark.parametrize(("name", "sets"), [("kuhn_poker", 12), ("leduc_poker", 936)])
def test_every_information_set_has_a_distribution_over_its_legal_actions(name: str, sets: int) -> None:
    policy = solve(catalog.load(name))
    assert len(policy.entries) == sets
    for view in policy.entries:
        chances = policy.action_probabilities(f"7/100 -3\n{view}")
        assert sum(chances.values()) == pytest.approx(1.0)
        assert min(chances.values()) >= 0.0


@pytest.mark.parametrize(("name", "variant"), [("kuhn_poker", "three_players"), ("openspiel:bargaining", "standard")])
def test_what_it_cannot_solve_is_refused(name: str, variant: str) -> None:
    with pytest.raises(ValueError, match="zero-sum game for two"):
        solve(catalog.load(name), variant)


def solved(name: str) -> Play:
    policy = solve(catalog.load(name))
    return lambda state: policy.action_probabilities(state.view(state.seat, "compact"))


def uniform(state: State) -> dict[str, float]:
    legal = state.legal()
    return dict.fromkeys(legal, 1 / len(legal))


def value(name: str, seat: int, first: Play, second: Play) -> float:
    """Exact expected score of `seat`, by a walk of the whole tree."""
    rules = catalog.load(name)
    template, ids = rules.start(0), {action: i for i, action in enumerate(rules.actions())}
    assert isinstance(template, SpielState)

    def walk(here: pyspiel.State) -> float:
        if here.is_terminal():
            return here.returns()[seat]
        if here.is_chance_node():
            return sum(p * walk(here.child(a)) for a, p in here.chance_outcomes())
        play = (first, second)[here.current_player()]
        chances = play(template.at(here, Chance(0)))
        return sum(p * walk(here.child(ids[name])) for name, p in chances.items() if p > 0)

    return walk(template.spiel.get_game().new_initial_state())
