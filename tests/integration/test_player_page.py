"""The page of a player: what anybody may know of it, and nothing that is its owner's."""

from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import Engine

from api.dashboard.player import VERSIONS
from arena.flow.submit import Submission, seat_references, submit
from arena.flow.withdraw import pause
from arena.store import lives, players
from tests.integration.server import serving
from tests.play import enter, order, settle

HOSTILE = '<script>alert(1)</script>" onload="x'


@pytest.fixture
def http(engine: Engine, redis_url: str) -> Iterator[httpx.Client]:
    with serving(engine, redis_url) as url, httpx.Client(base_url=url) as http:
        yield http


def test_it_tells_versions_their_reasons_where_they_stand_and_the_newest_matches(
    engine: Engine, http: httpx.Client
) -> None:
    first, other = enter(engine, "ada", "bob")
    judged = order(engine, "kuhn_poker", (first, other))
    settle(engine, None)
    with engine.begin() as connection:
        owner = players.owner(connection, "owner of ada")
        second = submit(connection, owner, Submission("ada", "greedy"))
        lives.become(connection, second, "active", "It qualified.", {"matches": [str(judged)]})
    waiting = order(engine, "tic_tac_toe", (other, second))
    page = http.get("/players/ada").text
    assert http.get("/fragments/players/ada").text.strip() in page
    assert "plays Backgammon" in page, "games by the names that people read"
    for told in ("owner of ada", "A newer version has taken its place.", "It qualified.", "ada@2", 'id="v2"'):
        assert told in page
    assert page.index('id="v2"') < page.index('id="v1"')
    assert page.count(f'href="/matches/{judged}"') == 2, "as it was judged by, and among the newest"
    assert page.index(f'href="/matches/{waiting}"') < page.rindex(f'href="/matches/{judged}"')
    assert 'href="/?game=kuhn_poker&amp;league=open"' in page
    assert 'href="/players/ada"' in http.get(f"/matches/{judged}").text
    assert 'href="/players/ada#v2"' in http.get(f"/matches/{waiting}").text
    assert 'href="/players/ada"' in http.get("/?game=kuhn_poker").text


def test_what_owners_write_stays_words(engine: Engine, http: httpx.Client) -> None:
    with engine.begin() as connection:
        submit(connection, players.owner(connection, f"o{HOSTILE}"), Submission("ada", "random"))
        pause(connection, "ada", f"r{HOSTILE}")
    for path in ("/players/ada", "/fragments/players/ada"):
        page = http.get(path).text
        assert "r&lt;script&gt;alert(1)&lt;/script&gt;&#34; onload=&#34;x" in page
        assert "<script>alert" not in page
        assert '" onload="' not in page


def test_specs_are_shown_of_the_arenas_own_only(engine: Engine, http: httpx.Client) -> None:
    with engine.begin() as connection:
        seat_references(connection)
        mine = Submission("ada", "mcts", {"simulations": 77})
        submit(connection, players.owner(connection, "somebody"), mine, anybodys=True)
    assert "simulations" in http.get("/players/mcts-10").text
    assert "simulations" not in http.get("/players/ada").text


def test_of_many_versions_the_newest_are_shown(engine: Engine, http: httpx.Client) -> None:
    with engine.begin() as connection:
        owner = players.owner(connection, "somebody")
        for number in range(VERSIONS + 2):
            submit(connection, owner, Submission("ada", ("random", "greedy")[number % 2]))
    page = http.get("/players/ada").text
    assert page.count('<li id="v') == VERSIONS
    assert 'id="v2"' not in page
    assert f"The newest {VERSIONS} of {VERSIONS + 2}" in page


def test_a_player_that_is_not_there_has_a_page_that_says_so(http: httpx.Client) -> None:
    for path in ("/players/nobody", "/fragments/players/nobody"):
        answer = http.get(path, headers={"accept": "text/html"})
        assert answer.status_code == 404
        assert "There is no player named" in answer.text
