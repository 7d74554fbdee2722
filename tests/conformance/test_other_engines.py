"""The same games in PettingZoo's own engines, side by side on random matches.

Tic-tac-toe and connect four must agree on every legal action and on the result. RLCard's Leduc hold'em is another
game: blinds of 1 and 2 in place of two antes, "check" apart from "call", and a random first seat. So its chips and
betting lines cannot match OpenSpiel's; what both share is the deck and who wins a showdown, and that is compared.
Chess is compared with python-chess, usual and shuffled: every legal move, the moves' SAN, and the result.
"""

from itertools import permutations

import chess
import numpy as np
import pytest
from pettingzoo.classic import connect_four_v3, tictactoe_v3
from rlcard.games.base import Card
from rlcard.games.leducholdem import Judger, Player

from arena.core.chance import Chance
from games import catalog
from games.rules import OVER


def agree(ours, theirs, translate, seed: int) -> None:
    """Play one random match in both engines at once."""
    chance, total = Chance(seed), dict.fromkeys(theirs.possible_agents, 0.0)
    theirs.reset(seed=seed)
    for agent in theirs.agent_iter():
        seen, reward, terminated, truncated, _ = theirs.last()
        total[agent] += reward
        if terminated or truncated:
            theirs.step(None)
            continue
        assert agent == theirs.possible_agents[ours.seat]
        legal = ours.legal_ids()
        assert sorted(map(translate, legal)) == np.flatnonzero(seen["action_mask"]).tolist()
        action = legal[chance.below(len(legal))]
        ours.apply_id(action)
        theirs.step(translate(action))
    assert ours.seat == OVER
    assert list(total.values()) == ours.returns()


def test_tic_tac_toe_agrees() -> None:
    rules, theirs = catalog.load("tic_tac_toe"), tictactoe_v3.env()
    for seed in range(60):
        agree(rules.start(seed), theirs, lambda cell: cell % 3 * 3 + cell // 3, seed)


def test_connect_four_agrees() -> None:
    rules, theirs = catalog.load("connect_four"), connect_four_v3.env()
    for seed in range(30):
        agree(rules.start(seed), theirs, lambda column: column, seed)


@pytest.mark.parametrize("variant", ["standard", "shuffled"])
def test_chess_agrees(variant: str) -> None:
    for seed in range(8):
        state, random = catalog.load("chess").start(seed, variant), Chance(seed)
        theirs = chess.Board(state.spiel.start_fen(), chess960=variant == "shuffled")
        while state.seat != OVER:
            assert not chess_is_over(theirs)
            assert state.legal() == sorted(theirs.uci(move) for move in theirs.legal_moves)
            move = state.legal()[random.below(len(state.legal()))]
            state.apply(move)
            theirs.push_uci(move)
        assert chess_is_over(theirs) or len(state.moves()) == 200
        mated = {chess.WHITE: [1.0, -1.0], chess.BLACK: [-1.0, 1.0]}[theirs.turn]
        assert state.returns() == (mated if theirs.is_checkmate() else [0.0, 0.0])
        assert theirs.root().variation_san(theirs.move_stack) in state.view(0, "pgn")


def chess_is_over(board: chess.Board) -> bool:
    """By the rules of FIDE with every draw claimed at once."""
    drawn = board.is_repetition(3) or board.is_fifty_moves()
    return drawn or board.is_checkmate() or board.is_stalemate() or board.is_insufficient_material()


@pytest.mark.parametrize("seat", [0, 1])
def test_leducs_showdowns_agree(seat: int) -> None:
    game = catalog.load("leduc_poker").game()
    for first, second, public in permutations(range(6), 3):
        state = game.new_initial_state()
        for action in (first, second, 1, 1, public, 1, 1):
            state.apply_action(action)
        assert np.sign(state.returns()[seat]) == np.sign(judged(first, second, public)[seat])


def judged(first: int, second: int, public: int) -> list[float]:
    """RLCard's verdict on a showdown for equal stakes."""
    cards = [Card("SH"[number % 2], "JQK"[number // 2]) for number in (first, second, public)]
    players = [Player(i, np.random.RandomState(0)) for i in range(2)]
    for player, card in zip(players, cards, strict=False):
        player.hand, player.in_chips = card, 1
    return Judger.judge_game(players, cards[2])
