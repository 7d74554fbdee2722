"""Chess: names of moves, ends, shuffled starts, the views, and the script. Other engines: `test_other_engines`."""

import json
import random

import pytest

from arena.core.chance import Chance
from games.board.chess import MOVES, RULES
from games.chessboard import attacks, grid_of
from games.rules import OVER
from games.solve.oracle import oracle
from tests.unit.games.tournament import any_legal, score

FOOLS_MATE = "f2f3 e7e5 g2g4 d8h4"


def played(moves: str, variant: str = "standard", seed: int = 0):
    state = RULES.start(seed, variant)
    for move in moves.split():
        state.apply(move)
    return state


def at(fen: str, variant: str = "standard"):
    return RULES.told(variant, {"start": fen, "moves": []})


def test_every_move_of_uci_has_one_name() -> None:
    assert len(set(MOVES)) == len(MOVES) == 1792 + 176  # of queens and knights, and of pawns that become something


@pytest.mark.parametrize(
    ("moves", "result", "words"),
    [
        (FOOLS_MATE, [1.0, -1.0], "Black has won."),
        ("e2e4 e7e5 d1h5 b8c6 f1c4 g8f6 h5f7", [-1.0, 1.0], "White has won."),
        ("g1f3 g8f6 f3g1 f6g8 " * 2, [0.0, 0.0], "It is a draw."),
    ],
)
def test_ends(moves: str, result: list[float], words: str) -> None:
    state = played(moves)
    assert (state.seat, state.legal(), state.returns()) == (OVER, [], result)
    assert words in state.view(0, "prose")


def test_it_is_a_draw_after_the_last_ply() -> None:
    chance = Chance(0)
    for seed in range(40):
        state = RULES.start(seed)
        while state.seat != OVER:
            state.apply_id(state.legal_ids()[chance.below(len(state.legal_ids()))])
        if len(state.moves()) == 200:
            break
    assert (len(state.moves()), state.returns(), state.legal()) == (200, [0.0, 0.0], [])
    assert state.clone().seat == OVER


@pytest.mark.parametrize(
    ("fen", "variant", "moves"),
    [
        ("4k3/8/8/8/8/8/8/R3K2R w KQ - 0 1", "standard", {"e1g1", "e1c1"}),
        ("4k3/8/8/8/8/8/8/1R2KR2 w FB - 0 1", "shuffled", {"e1f1", "e1b1"}),
        ("4k3/P7/8/8/8/8/8/4K3 w - - 0 1", "standard", {"a7a8q", "a7a8r", "a7a8b", "a7a8n"}),
        ("4k3/8/8/8/8/8/p7/4K3 b - - 0 1", "standard", {"a2a1q", "a2a1r", "a2a1b", "a2a1n"}),
    ],
)
def test_castling_and_promotion_are_written_as_in_uci(fen: str, variant: str, moves: set[str]) -> None:
    assert moves <= set(at(fen, variant).legal())


def test_a_shuffled_start_comes_from_the_seed() -> None:
    starts = [json.loads(RULES.start(seed, "shuffled").view(0, "json"))["start"] for seed in range(20)]
    assert len(set(starts)) > 15
    for start in starts:
        row = start.split("/")[7].split()[0]
        assert sorted(row) == sorted("RNBQKBNR")
        assert row.index("R") < row.index("K") < row.rindex("R")
        assert row.index("B") % 2 != row.rindex("B") % 2


@pytest.mark.parametrize("variant", RULES.facts.variants)
def test_the_json_view_tells_the_position(variant: str) -> None:
    state, chance = RULES.start(5, variant), Chance(5)
    for _ in range(30):
        state.apply_id(state.legal_ids()[chance.below(len(state.legal_ids()))])
    again = RULES.told(variant, json.loads(state.view(0, "json")))
    assert (again.key(), again.moves(), again.legal()) == (state.key(), state.moves(), state.legal())


def test_the_views_tell_the_same_position() -> None:
    state = played("e2e4 e7e5 g1f3")
    assert state.view(0, "compact") == "rnbqkbnr/pppp1ppp/8/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R b KQkq - 1 2"
    assert state.view(0, "pgn").split("\n") == ['[White "the other"]', '[Black "you"]', "1. e4 e5 2. Nf3 *"]
    assert state.view(1, "ascii").split("\n")[4:7] == ["5 . . . . p . . .", "4 . . . . P . . .", "3 . . . . . N . ."]
    assert "You are Black. Black is to move. White has: king e1; queen d1;" in state.view(0, "prose")


@pytest.mark.parametrize(
    ("piece", "target", "hits"),
    [("R", "d8", True), ("B", "d8", False), ("B", "g7", True), ("N", "e6", True), ("P", "c5", True), ("p", "c5", False),
     ("K", "d6", False), ("Q", "a1", True), ("Q", "e6", False)],
)  # fmt: skip
def test_attacks(piece: str, target: str, hits: bool) -> None:
    grid = grid_of(f"8/8/8/8/3{piece}4/8/8/8 w - - 0 1")
    assert attacks(grid, (3, 3), (ord(target[0]) - 97, int(target[1]) - 1)) is hits


@pytest.mark.parametrize(
    ("fen", "wanted"),
    [
        ("4k3/8/8/3q4/4P3/8/8/4K3 w - - 0 1", "e4d5"),  # takes the queen
        ("4k3/8/4p3/3p4/8/8/3Q4/R3K3 w Q - 0 1", None),  # does not take a guarded pawn with it
    ],
)
def test_greedy_counts_what_it_takes_and_what_it_leaves(fen: str, wanted: str | None) -> None:
    state = at(fen)
    seen = json.loads(state.view(1, "json"))
    chosen = RULES.scripts["greedy"](seen, state.legal(), random.Random(0))
    assert chosen == wanted if wanted else chosen != "d2d5"


def test_the_search_takes_a_mate_in_one() -> None:
    found = oracle(at("6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1"))
    assert max(found, key=lambda name: found[name]) == "a1a8"


def test_greedy_beats_chance() -> None:
    assert score(RULES, RULES.scripts["greedy"], any_legal, 3) > 0.2
