"""The bridge to OpenSpiel: truthful scores, honest refusals, and views that do not break."""

import json

import numpy as np
import pyspiel
import pytest

from arena.core.chance import Chance
from arena.core.errors import IllegalAction, UnknownGame, UnknownVariant, UnknownView
from games import catalog
from games.conformance.subject import Subject, every_position, random_match
from games.rules import OVER


def last(name: str, variant: str, seed: int):
    """The end of a random match."""
    return list(random_match(catalog.load(name).start(seed, variant), Chance(seed)))[-1]


def test_a_drawn_misere_game_scores_plain_zero() -> None:
    drawn = next(s for s in (last("tic_tac_toe", "misere", i) for i in range(50)) if s.returns() == [0.0, 0.0])
    assert json.dumps(drawn.returns()) == "[0.0, 0.0]"


def test_three_in_a_row_wins_and_in_misere_loses() -> None:
    scores = {}
    for variant in ("standard", "misere"):
        state = catalog.load("tic_tac_toe").start(0, variant)
        for cell in ("a1", "a2", "b1", "b2", "c1"):
            state.apply(cell)
        scores[variant] = state.returns()
    assert scores == {"standard": [1.0, -1.0], "misere": [-1.0, 1.0]}


def test_an_odd_leduc_pot_is_split_in_halves_and_shown_so() -> None:
    ends = (last("leduc_poker", "three_players", seed) for seed in range(500))
    split = next(s for s in ends if any(not r.is_integer() for r in s.returns()))
    shown = json.loads(split.view(0, "json"))["chips"]
    assert shown == split.returns()
    assert ".5" in split.view(1, "prose")


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_a_determinised_ending_has_the_scores_that_were_seen(name: str) -> None:
    for seed in range(30):
        over = last(name, "standard", seed)
        assert all(over.determinize(0, Chance(i)).returns() == over.returns() for i in range(10))


@pytest.mark.parametrize("name", ["kuhn_poker", "leduc_poker"])
def test_the_stated_bounds_are_those_of_the_tree(name: str) -> None:
    rules = catalog.load(name)
    for variant, facts in rules.facts.variants.items():
        tree = every_position(Subject(rules, variant))
        if tree is not None:
            scores = [score for state in tree if state.seat == OVER for score in state.returns()]
            assert (min(scores), max(scores)) == facts.utility
            assert max(len(state.moves()) for state in tree) == facts.max_plies


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nonsense", "no game"),
        ("openspiel:nonsense", "Unknown game 'nonsense'"),
        ("openspiel:go(size=9)", "Unknown parameter 'size'"),
        ("openspiel:negotiation", "could be replayed"),
        ("openspiel:mfg_garnet", "mean-field"),
        ("openspiel:crossword", "no names"),
    ],
)
def test_a_game_that_cannot_be_had_is_refused_in_one_line(name: str, reason: str) -> None:
    with pytest.raises(UnknownGame, match=reason) as refused:
        catalog.load(name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["chess", "colored_trails", "goofspiel", "coin_game", "skat", "twixt", "cribbage"])
def test_any_game_of_openspiel_can_be_played(name: str) -> None:
    env = catalog.make(f"openspiel:{name}")
    env.reset(seed=1)
    chance = Chance(1)
    while env.state_.seat != OVER and len(env.state_.moves()) < 40:
        agent = env.agent_selection
        assert env.observation_space(agent).contains(env.observe(agent))
        legal = env.state_.legal_ids()
        env.step(legal[chance.below(len(legal))])
    assert env.state_.moves()


def test_the_generic_prose_says_what_each_action_means() -> None:
    state = catalog.load("openspiel:hex(board_size=3)").start(0)
    assert "Actions: 0 = a1; 1 = b1" in state.view(0, "prose")
    assert "Actions" not in state.view(1, "prose")


def test_what_is_not_there_is_named() -> None:
    rules = catalog.load("tic_tac_toe")
    with pytest.raises(UnknownVariant, match="standard, misere"):
        rules.start(0, "huge")
    with pytest.raises(UnknownView, match="prose, compact, json"):
        rules.start(0).view(0, "braille")
    with pytest.raises(IllegalAction, match="Legal: a1, b1"):
        rules.start(0).apply("d4")


@pytest.mark.parametrize(
    "text", ["efg_game(filename=/etc/passwd)", "crossword(word_list_file=/dev/zero)", "bargaining(instances_file=x)"]
)
def test_a_game_string_names_no_file(text: str) -> None:
    with pytest.raises(UnknownGame, match="from a file"):
        catalog.load(f"openspiel:{text}")


TENSORS = [(name, v) for name in catalog.names() if catalog.load(name).facts.engine == "openspiel"
           for v in catalog.load(name).facts.variants]  # fmt: skip


@pytest.mark.parametrize(("game", "variant"), TENSORS)
def test_a_tensor_is_openspiels_own_and_nobody_elses_memory(game: str, variant: str) -> None:
    kept: list[tuple[object, list[float]]] = []
    for seed in range(2):
        for state in random_match(catalog.load(game).start(seed, variant), Chance(seed)):
            kind = state.spiel.get_game().get_type()
            for seat in range(len(state.returns())):
                theirs = (
                    state.spiel.observation_tensor
                    if kind.provides_observation_tensor
                    else state.spiel.information_state_tensor
                )
                kept.append((state.tensor(seat), theirs(seat)))
    assert all(np.array_equal(ours, np.asarray(theirs, np.float32)) for ours, theirs in kept)


def test_chess_names_the_same_moves_whether_it_has_met_them_or_not() -> None:
    """The ids of moves are noted once for all positions: what depends on the position must not be."""
    rules = catalog.load("chess")
    for seed in range(25):
        for state in random_match(rules.start(seed), Chance(seed)):
            board = state.spiel.board()
            afresh = {state._uci(pyspiel.chess.action_to_move(a, board)) for a in state.spiel.legal_actions()}
            assert set(state.legal()) == (afresh if state.seat != OVER else set())


def test_a_copy_of_a_chess_position_tells_the_same_last_move() -> None:
    for state in random_match(catalog.load("chess").start(3), Chance(3)):
        assert state.clone().view(0, "prose") == state.view(0, "prose")
