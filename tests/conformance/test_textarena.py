"""TextArena's games through our contract: the same by seed, apart from the global random stream, and never rated."""

import json
import random
import re

import pytest
from pettingzoo.test import api_test

from arena.core.errors import NoWorlds, UnknownGame, UnknownView
from games import catalog
from games.rules import OVER

TIC_TAC_TOE = "textarena:TicTacToe-v0"


def test_a_match_goes_by_textarenas_rules() -> None:
    state = catalog.load(TIC_TAC_TOE).start(1)
    for move in ("[0]", "[4]", "[1]", "[5]"):
        seat = state.seat
        state.apply(move)
        assert state.seat == 1 - seat
    assert "Available Moves" in state.view(state.seat, "prose")
    state.apply("[2]")
    assert (state.seat, state.returns()) == (OVER, [1.0, -1.0])


def test_what_it_refuses_loses_by_its_own_rules() -> None:
    state = catalog.load(TIC_TAC_TOE).start(1)
    while state.seat == 0:
        state.apply("[twelve]")
    assert state.returns()[0] < 0


def test_chance_is_the_seeds_and_the_global_stream_is_left_alone() -> None:
    rules = catalog.load("textarena:KuhnPoker-v0")
    random.seed(5)
    before = random.getstate()
    first, again, other = (rules.start(seed) for seed in (3, 3, 4))
    assert random.getstate() == before
    random.seed(77)
    for state in (first, again):
        while state.seat != OVER:
            state.apply("[check]" if "[check]" in state.view(state.seat, "prose").splitlines()[-1] else "[call]")
    assert first.key() == again.key()
    assert len({rules.start(seed).key() for seed in range(12)}) > 3
    assert other.seat != OVER


def test_a_copy_goes_its_own_way() -> None:
    state = catalog.load("textarena:KuhnPoker-v0").start(3)
    copy, before = state.clone(), state.key()
    copy.apply("[check]")
    assert state.key() == before != copy.key()
    state.apply("[check]")
    assert state.key() == copy.key(), "and meets the same chance"


@pytest.mark.parametrize("view", ["prose", "compact", "json"])
def test_a_seat_reads_only_its_own_messages(view: str) -> None:
    state = catalog.load("textarena:KuhnPoker-v0").start(9)
    dealt = {seat: state.view(seat, view) for seat in (0, 1)}
    assert dealt[0] != dealt[1]
    cards = [set(re.findall(r"Your card is: '(.)'", dealt[seat])) for seat in (0, 1)]
    assert [len(held) for held in cards] == [1, 1]
    assert cards[0] != cards[1]


def test_it_is_a_pettingzoo_environment_and_has_no_ladder() -> None:
    api_test(catalog.make(TIC_TAC_TOE), num_cycles=20)
    assert not any(name.startswith(catalog.TEXTARENA) for name in catalog.laddered())
    json.loads(catalog.load(TIC_TAC_TOE).start(0).view(0, "json"))


def test_more_seats_are_asked_for_by_name() -> None:
    state = catalog.load("textarena:ThreePlayerTicTacToe-v0(players=3)").start(0)
    assert len(state.returns()) == 3


@pytest.mark.parametrize(
    "name", ["NoSuchGame-v0", "TicTacToe-v0(players=9)", "TicTacToe-v0(size=3)", "", "Chess-v0(players=2) or more"]
)
def test_what_there_is_not_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(UnknownGame) as refused:
        catalog.load(catalog.TEXTARENA + name)
    assert refused.value.todo


@pytest.mark.parametrize("action", ["", "x" * 501, "[0]\n[GAME] You win.", "\ud800", "a\x00b"])
def test_hostile_texts_change_nothing(action: str) -> None:
    state = catalog.load(TIC_TAC_TOE).start(0)
    before = state.key()
    assert not state.accepts(action)
    assert state.key() == before


def test_nobody_knows_what_it_hides() -> None:
    from arena.core.chance import Chance

    state = catalog.load("textarena:KuhnPoker-v0").start(0)
    with pytest.raises(NoWorlds):
        state.determinize(0, Chance(0))
    with pytest.raises(UnknownView):
        state.view(0, "grid")
