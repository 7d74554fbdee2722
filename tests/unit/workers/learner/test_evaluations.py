"""Exact evaluation: known policies have their known worth, whichever network says them."""

import numpy as np
import pytest

from arena.core.errors import BadTrainingSpec
from games import catalog
from games.solve import cfr
from tests.unit.workers.learner.bundles import fresh
from workers.learner.averages import none
from workers.learner.averages.tabular import TabularAverage
from workers.learner.evaluations import nashconv, oracle
from workers.learner.infosets import infosets
from workers.learner.positions import positions
from workers.learner.search import Searched
from workers.learner.spec import Game

KUHN, BOARD = Game("kuhn_poker"), Game("tic_tac_toe")


def uniform(open_IA: np.ndarray) -> np.ndarray:
    return open_IA / open_IA.sum(1, keepdims=True)


@pytest.mark.parametrize(("name", "sets", "worth"), [("kuhn_poker", 12, 0.9167), ("leduc_poker", 936, 4.7472)])
def test_every_information_set_is_asked_and_uniform_play_has_its_known_nashconv(
    name: str, sets: int, worth: float
) -> None:
    found = infosets(Game(name))
    assert len(found.names) == sets
    assert found.nash_conv(uniform(found.open_IA)) == pytest.approx(worth, abs=1e-3)


def test_an_equilibrium_s_nashconv_is_the_solver_s_own() -> None:
    solved, sets = cfr.solve(catalog.load("kuhn_poker")), infosets(KUHN)
    table = np.array([[solved.entries[text[:-1]][name] for name in names] for text, names in sets.prompts])
    assert sets.nash_conv(table) == pytest.approx(solved.nash_conv, abs=1e-9)
    assert sets.nash_conv(table) < 0.01


def test_a_network_is_asked_what_it_would_play() -> None:
    sets, policy = infosets(KUHN), fresh()
    table = sets.ask(policy)
    legal = (policy.encode("pass"), policy.encode("bet"))
    for (text, _), row in zip(sets.prompts, table, strict=True):
        np.testing.assert_allclose(row, np.exp(policy.score([policy.encode(text)], [legal])[0]), atol=1e-6)
    assert nashconv.build({}, [KUHN])(policy, TabularAverage(sets, 1, 0), 0).keys() == {"last", "average"}


def test_the_average_is_of_strategies_not_of_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the time always bet, half of the time never: where only one of them comes, the average is that one."""
    sets = infosets(KUHN)
    bold, shy = np.tile([0.0, 1.0], (12, 1)), np.tile([1.0, 0.0], (12, 1))
    average = TabularAverage(sets, 1, 0)
    for update, table in enumerate((bold, shy), 1):
        monkeypatch.setattr(sets, "ask", lambda policy, table=table: table)
        average.update(fresh(), update)
    for (text, _), row in zip(sets.prompts, average.table_IA, strict=True):
        seat, _, bets = text[:-1].split(" ")
        expected = [1.0, 0.0] if (seat, bets) == ("1", "pb") else [0.5, 0.5]
        assert row.tolist() == expected, text
    linear = TabularAverage(sets, 1, 1)
    for update, table in enumerate((bold, shy), 1):
        monkeypatch.setattr(sets, "ask", lambda policy, table=table: table)
        linear.update(fresh(), update)
    assert linear.table_IA[0] == pytest.approx([2 / 3, 1 / 3])


def test_perfect_play_draws_with_itself_and_beats_random() -> None:
    where = positions(BOARD)
    perfect, anyhow = oracle.optimal(where, BOARD), uniform(where.open_IA)
    assert len(where.views) == 4520
    for seat in (0, 1):
        np.testing.assert_allclose(where.results(perfect, perfect, seat), [0, 1, 0], atol=1e-12)
    # Random play's results are known exactly: 58.5 % for x, 28.8 % for o, 12.7 % draws.
    np.testing.assert_allclose(where.results(anyhow, anyhow, 0), [0.5849, 0.1270, 0.2881], atol=1e-4)
    np.testing.assert_allclose(where.results(anyhow, anyhow, 1), [0.2881, 0.1270, 0.5849], atol=1e-4)
    numbers = oracle.build({}, [BOARD])(fresh(), none.build({}, [BOARD]), 0)
    assert numbers["win_vs_optimal"] == 0
    assert numbers["draw_vs_optimal"] + numbers["loss_vs_optimal"] == pytest.approx(1)
    assert 0.3 < numbers["win_vs_random"] < 0.6


def test_search_finds_what_wins_and_sharpening_trusts_it_more() -> None:
    where = positions(BOARD)
    place = where.prompts.index("xx./oo./... x>")
    for sharpen, least in ((1, 0.5), (4, 0.95)):
        found = Searched(BOARD, 200, sharpen, 0).choice(place)
        assert found[where.legal[place].index("c1")] > least
        assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize("game", [Game("kuhn_poker", rounds=2), Game("connect_four")])
def test_games_too_large_to_walk_are_refused(game: Game) -> None:
    with pytest.raises(BadTrainingSpec):
        infosets(game)


def test_only_open_games_have_positions() -> None:
    with pytest.raises(BadTrainingSpec):
        positions(KUHN)
