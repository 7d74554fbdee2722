"""The same games in PettingZoo's own engines, side by side on random matches.

Tic-tac-toe and connect four must agree on every legal action and on the result. RLCard's Leduc hold'em is another
game: blinds of 1 and 2 in place of two antes, "check" apart from "call", and a random first seat. So its chips and
betting lines cannot match OpenSpiel's; what both share is the deck and who wins a showdown, and that is compared.
"""

from itertools import permutations

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
