"""Why a seat forfeited, wherever a match is shown: over REST, on its page, by `arena replay` and `arena match`."""

from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from arena.cli.main import app
from arena.client import Client
from arena.core.ids import new_id
from tests.integration.entrants import enter
from tests.play import order, settle

pytestmark = pytest.mark.usefixtures("welcome")


def run(*words: str) -> str:
    return CliRunner().invoke(app, list(words)).output


@pytest.fixture
def seats(engine: Engine) -> list[UUID]:
    return [enter(engine, "eve", does="inject"), enter(engine, "ada")]


def test_it_is_told_once_the_match_is_open_and_draws_nothing(engine: Engine, url: str, seats: list[UUID]) -> None:
    match_id = order(engine, "tic_tac_toe", seats, purpose="evaluation")
    settle(engine, None)
    with Client(url) as arena:
        eve, ada = arena.match(str(match_id))["seats"]
    assert eve["why"].startswith("4 of its replies were not legal; a match spares 3. The last was ")
    assert ada["why"] is None
    page = httpx.get(f"{url}/matches/{match_id}").text
    assert page.count("4 of its replies were not legal") == 2, "with the result, and where the plies end"
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    shown = run("replay", str(match_id), "--url", url)
    assert "eve forfeited: 4 of its replies were not legal; a match spares 3. The last was " in shown
    assert "\x1b[2J" not in shown.splitlines()[-1]


def test_it_tells_nothing_of_a_match_whose_pair_is_open(engine: Engine, url: str, seats: list[UUID]) -> None:
    pair = new_id()
    first = order(engine, "tic_tac_toe", seats, pair=pair)
    order(engine, "tic_tac_toe", seats[::-1], pair=pair)
    with Client(url) as arena:
        settle(engine, None, n=1)
        told = arena.match(str(first))
        assert [(s["stop"], s["why"]) for s in told["seats"]] == [("illegal", None), ("forfeit_win", None)]
        settle(engine, None)
        assert arena.match(str(first))["seats"][0]["why"]


def test_a_match_played_here_and_now_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_PLY_CLOCK_S", "0.001")
    assert "s, not within 0.001 s." in run("match", 'mcts:{"simulations": 20000}', "random", "--game", "connect_four")
