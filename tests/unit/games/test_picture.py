"""Positions as pictures: a board where a view tells one, text elsewhere, and nothing that breaks the document."""

from xml.etree import ElementTree

import pytest

from arena.core.errors import BadRenderMode
from games import catalog
from games.picture import lines

SVG = "{http://www.w3.org/2000/svg}"


def test_a_board_shows_each_disc_where_it_lies() -> None:
    env = catalog.make("connect_four", render_mode="svg")
    env.reset(seed=1)
    env.step("4")
    env.step("1")
    discs = ElementTree.fromstring(env.render()).findall(f"{SVG}circle")
    assert [(d.get("cx"), d.get("cy")) for d in discs] == [("24", "264"), ("168", "264")]
    assert len({d.get("fill") for d in discs}) == 2


def test_cards_are_shown_as_the_text_of_the_seat_whose_turn_it_is() -> None:
    env = catalog.make("kuhn_poker", render_mode="svg")
    env.reset(seed=1)
    shown = ElementTree.fromstring(env.render()).findall(f"{SVG}text")
    assert "\n".join(line.text or "" for line in shown) == env.state_.view(0, "prose")


def test_what_players_write_cannot_leave_the_text() -> None:
    document = ElementTree.fromstring(lines(['</text><script>alert("1")</script>']))
    assert document.find(f"{SVG}script") is None


def test_a_mode_that_is_none_is_told() -> None:
    with pytest.raises(BadRenderMode, match="human"):
        catalog.make("connect_four", render_mode="human")
