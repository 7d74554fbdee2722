"""The page of a match, by what it answers: addresses that lead nowhere, views, and matches that are still to come."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, text

from arena.store import queue
from tests.integration.server import serving
from tests.play import enter, order, settle

PAGES = ("/matches", "/fragments/matches")


@pytest.fixture
def http(engine: Engine, redis_url: str) -> Iterator[httpx.Client]:
    with serving(engine, redis_url) as url, httpx.Client(base_url=url, headers={"Accept": "text/html"}) as http:
        yield http


def waiting(engine: Engine) -> UUID:
    return order(engine, "tic_tac_toe", enter(engine, "ada", "bob"))


@pytest.mark.parametrize("path", PAGES)
def test_an_unknown_view_is_refused_before_a_match_is_settled_as_after(
    engine: Engine, http: httpx.Client, path: str
) -> None:
    match_id = waiting(engine)
    for _ in range(2):
        assert http.get(f"{path}/{match_id}", params={"view": "x&y"}).status_code == 404
        assert http.get(f"{path}/{match_id}", params={"view": "json"}).status_code == 200
        settle(engine, None)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("name", ["xyz", "00000000-0000-0000-0000-000000000000", "x" * 500])
def test_an_address_that_names_no_match_says_that_there_is_none(http: httpx.Client, path: str, name: str) -> None:
    answer = http.get(f"{path}/{name}")
    assert answer.status_code == 404
    assert "Unknown match" in answer.text
    assert name[:20] in answer.text
    assert len(answer.text) < 5000


def test_what_was_given_up_is_not_waited_for(engine: Engine, http: httpx.Client) -> None:
    match_id = waiting(engine)
    assert 'id="live"' in http.get(f"/matches/{match_id}").text
    assert "data-sealed" in http.get(f"/fragments/matches/{match_id}").text
    with engine.begin() as connection:
        queue.lease(connection, "host", 1, lease_s=0.0, attempts=1)
    with engine.begin() as connection:
        assert queue.bury(connection, attempts=1) == [match_id]
    page = http.get(f"/matches/{match_id}").text
    assert "It was given up." in page
    assert not [told for told in ('id="live"', "match.js", "data-sealed") if told in page]


def test_json_can_be_shown_where_the_seats_read_it(engine: Engine, http: httpx.Client) -> None:
    match_id = waiting(engine)
    settle(engine, None)
    assert "view=json" not in http.get(f"/matches/{match_id}").text
    with engine.begin() as connection:
        connection.execute(text("UPDATE match SET view = 'json'"))
    assert f"/matches/{match_id}?view=json#" in http.get(f"/matches/{match_id}").text
    assert "&#34;" in http.get(f"/matches/{match_id}?view=json").text


def test_a_match_of_one_ply_has_one(engine: Engine, http: httpx.Client) -> None:
    match_id = waiting(engine)
    settle(engine, None)
    with engine.begin() as connection:
        connection.execute(text("UPDATE result SET plies = 1"))
    for path in (f"/matches/{match_id}", "/players/ada", "/?game=tic_tac_toe"):
        page = http.get(path).text
        assert "1 ply" in page
        assert "1 plies" not in page
