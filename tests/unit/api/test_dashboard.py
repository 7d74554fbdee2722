"""Numbers as shapes and words on the pages."""

import pytest

from api.dashboard import drawing, words
from api.listing import Seat


def test_a_sparkline_rises_with_its_values_and_stays_inside() -> None:
    points = [tuple(map(float, p.split(","))) for p in drawing.spark([1500.0, 1600.0, 1700.0]).split()]
    width, height = drawing.SPARK
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in points)


def test_a_steady_player_has_a_steady_line() -> None:
    heights = [float(p.split(",")[1]) for p in drawing.spark([1500.0, 1501.0]).split()]
    assert abs(heights[0] - heights[1]) < 1
    assert drawing.spark([1500.0]) == ""


@pytest.mark.parametrize(
    ("stops", "told"),
    [
        (("win", "loss"), "won by play"),
        (("draw", "draw"), "draw"),
        (("forfeit_win", "timeout"), "b: out of time"),
        (("illegal", "forfeit_win"), "a: illegal moves"),
    ],
)
def test_endings(stops: tuple[str, str], told: str) -> None:
    seats = [Seat(seat=i, version_id="", player=p, stop=s) for i, (p, s) in enumerate(zip("ab", stops, strict=True))]
    assert words.ending(seats) == told


@pytest.mark.parametrize(
    ("stops", "told"),
    [
        (("win", "loss"), "GPT-a won by play"),
        (("draw", "draw"), "A draw"),
        (("loss", "loss"), "Played to its end"),
        (("forfeit_win", "timeout"), "b forfeited (out of time)"),
    ],
)
def test_outcomes_begin_a_sentence_and_leave_names_as_they_are(stops: tuple[str, str], told: str) -> None:
    names = ("GPT-a", "b")
    seats = [Seat(seat=i, version_id="", player=p, stop=s) for i, (p, s) in enumerate(zip(names, stops, strict=True))]
    assert words.outcome(seats) == told


@pytest.mark.parametrize(("stop", "told"), [("win", "won"), ("timeout", "forfeited: out of time"), ("a_b", "a b")])
def test_what_became_of_a_seat(stop: str, told: str) -> None:
    assert words.stopped(stop) == told


@pytest.mark.parametrize(("value", "told"), [(0.01, "< 0.1 ms"), (0.34, "0.3 ms"), (12.4, "12 ms"), (1240.0, "1.24 s")])
def test_durations(value: float, told: str) -> None:
    assert words.ms(value) == told


@pytest.mark.parametrize(("value", "told"), [(1.0, "+1"), (-0.5, "−0.5"), (0.0, "0"), (None, "")])
def test_scores(value: float | None, told: str) -> None:
    assert words.score(value) == told


@pytest.mark.parametrize(("value", "told"), [(42.9, "42 s"), (200.0, "3 min 20 s"), (7500.0, "2 h 5 min")])
def test_how_long_something_took(value: float, told: str) -> None:
    assert words.lasting(value) == told


def test_a_name_leads_to_its_page_and_there_to_its_version() -> None:
    assert words.page("kuhn") == "/players/kuhn"
    assert words.page("kuhn@12") == "/players/kuhn#v12"
    assert words.page('a/"b?') == "/players/a%2F%22b%3F"
