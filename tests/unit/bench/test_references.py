"""Who is measured against whom, and that a stronger player is found to be stronger."""

import statistics

from bench.references import figures, players_of, share
from games import catalog


def test_every_ladder_has_three_players_to_be_measured() -> None:
    assert all(len(players_of(game)) >= 3 for game in catalog.laddered())


def test_the_stronger_gets_more_of_the_points_from_either_seat() -> None:
    found = share("tic_tac_toe", "greedy", "random", 0.5)
    assert len(found) % 2 == 0
    assert statistics.fmean(found) > 0.7
    assert statistics.fmean(share("tic_tac_toe", "random", "greedy", 0.5)) < 0.3


def test_each_is_held_against_the_one_before_it() -> None:
    made = {figure.figure: figure for figure in figures("pig", 0.3)}
    assert list(made) == ["references.pig.greedy", "references.pig.oracle"]
    assert made["references.pig.greedy"].meets
