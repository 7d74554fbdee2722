"""The one way to ask what actions are worth: whom it serves, and its refusals."""

import pytest

from arena.core.chance import Chance
from arena.core.errors import NoOracle
from games import catalog
from games.rules import OVER, Format
from games.session import start
from games.solve.oracle import oracle

KNOWN = [name for name in catalog.names() if catalog.load(name).facts.oracle and name != "chess"]
UNSOLVED = [(n, v) for n in catalog.names() for v, made in catalog.load(n).facts.variants.items() if not made.solved]


@pytest.mark.parametrize("game", KNOWN)
def test_every_action_that_is_offered_has_a_worth(game: str) -> None:
    state, chance = catalog.load(game).start(3), Chance(3)
    for _ in range(3):
        after = state.clone()
        after.apply_id(after.legal_ids()[chance.below(len(after.legal_ids()))])
        if after.seat == OVER:
            break
        state = after
    before = state.key()
    worth = oracle(state)
    assert set(state.legal()) <= set(worth)
    assert all(map(state.accepts, worth)), "where texts are free it may know of better ones than are offered"
    assert state.key() == before


def test_in_a_session_it_is_asked_of_the_round() -> None:
    rules = catalog.load("kuhn_poker")
    session = start(rules, 5, "standard", Format(rounds=3))
    assert oracle(session) == oracle(session.round)


@pytest.mark.parametrize(("game", "variant"), UNSOLVED)
def test_a_variant_beyond_it_is_refused(game: str, variant: str) -> None:
    with pytest.raises(NoOracle, match=variant):
        oracle(catalog.load(game).start(0, variant))


def test_nobody_is_asked_when_it_is_over() -> None:
    state = catalog.load("tic_tac_toe").start(0)
    while state.seat != OVER:
        state.apply_id(state.legal_ids()[0])
    with pytest.raises(NoOracle, match="over"):
        oracle(state)
