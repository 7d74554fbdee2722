"""The exact solver: known values, perfect play, and refusals."""

import time

import pytest

from games import catalog
from games.rules import OVER
from games.solve.minimax import solve

EMPTY = ".../.../... x"


@pytest.mark.parametrize("variant", ["standard", "misere"])
def test_the_whole_game_is_solved_in_well_under_a_second(variant: str) -> None:
    solve.cache_clear()
    begun = time.process_time()
    table = solve(catalog.load("tic_tac_toe"), variant)
    assert time.process_time() - begun < 1.0
    assert len(table.entries) == 4520
    assert max(table.action_values(EMPTY).values()) == 0.0
    assert solve(catalog.load("tic_tac_toe"), variant) is table


def test_misere_is_drawn_from_the_centre_only() -> None:
    values = solve(catalog.load("tic_tac_toe"), "misere").action_values(EMPTY)
    assert {name for name, value in values.items() if value == 0.0} == {"b2"}


def test_corners_are_best_against_a_random_player() -> None:
    assert solve(catalog.load("tic_tac_toe")).best(EMPTY) == ["a1", "c1", "a3", "c3"]


@pytest.mark.parametrize("variant", ["standard", "misere"])
@pytest.mark.parametrize("seat", [0, 1])
def test_the_second_value_is_the_exact_expectation_against_a_random_player(variant: str, seat: int) -> None:
    rules = catalog.load("tic_tac_toe")
    table = solve(rules, variant)

    def expected(state) -> float:
        if state.seat == OVER:
            return state.returns()[seat]
        mine = state.seat == seat
        names = table.best(state.view(seat, "compact"))[:1] if mine else state.legal()
        return sum(expected(after(state, name)) for name in names) / len(names)

    state = rules.start(0, variant)
    if seat == 1:
        state.apply("b2")
    claimed = max(table.entries[state.view(seat, "compact")].values())[1]
    assert expected(state) == pytest.approx(claimed)
    assert claimed > 0.5


@pytest.mark.parametrize("variant", ["standard", "misere"])
@pytest.mark.parametrize("seat", [0, 1])
def test_it_never_loses_whatever_the_other_does(variant: str, seat: int) -> None:
    table, seen = solve(catalog.load("tic_tac_toe"), variant), set[str]()

    def worst(state) -> float:
        if state.seat == OVER:
            return state.returns()[seat]
        if state.key() in seen:
            return 0.0
        seen.add(state.key())
        names = table.best(state.view(seat, "compact")) if state.seat == seat else state.legal()
        return min(worst(after(state, name)) for name in names)

    assert worst(catalog.load("tic_tac_toe").start(0, variant)) == 0.0


def test_a_view_inside_a_session_is_looked_up_by_its_last_line() -> None:
    table = solve(catalog.load("tic_tac_toe"))
    assert table.best(f"3/5 +1\n{EMPTY}") == table.best(EMPTY)


@pytest.mark.parametrize("name", ["kuhn_poker", "openspiel:pig"])
def test_what_it_cannot_solve_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an open, deterministic, zero-sum game for two"):
        solve(catalog.load(name))


def after(state, name: str):
    state = state.clone()
    state.apply(name)
    return state
