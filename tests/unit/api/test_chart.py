"""Curves as coordinates: inside the picture, true to the numbers, on axes with round ends."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.dashboard import chart
from api.dashboard.chart import span

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)


def places(line: chart.Line) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.drawn.split())]


@given(st.lists(st.tuples(st.integers(0, 10**6), NUMBERS), min_size=1, max_size=30))
def test_every_point_is_inside_and_higher_values_are_higher(points: list[tuple[int, float]]) -> None:
    points.sort()
    made = chart.chart("x", {"a": points}, 10)
    assert made is not None
    found = places(made.lines[0])
    assert all(chart.LEFT <= x <= chart.WIDTH - chart.RIGHT for x, _ in found)
    assert all(chart.TOP - 0.1 <= y <= chart.HEIGHT - chart.BOTTOM + 0.1 for _, y in found)
    assert [x for x, _ in found] == sorted(x for x, _ in found)
    heights = [y for _, (_, y) in sorted(zip(points, found, strict=True), key=lambda pair: pair[0][1])]
    assert heights == sorted(heights, reverse=True)


@given(NUMBERS, NUMBERS)
def test_an_axis_holds_its_values_in_a_few_round_steps(a: float, b: float) -> None:
    least, most = sorted((a, b))
    low, high, step = span(least, most)
    slack = 1e-6 * max(abs(least), abs(most), 1e-9)
    assert low <= least + slack
    assert high >= most - slack
    assert 1 <= round((high - low) / step) <= 10
    assert math.isclose(low / step, round(low / step), abs_tol=1e-6)


@pytest.mark.parametrize(
    ("least", "most", "ends"), [(0.04, 0.9, (0.0, 1.0)), (1492, 1508, (1490, 1510)), (-0.05, 0.04, (-0.05, 0.05))]
)
def test_it_begins_at_nought_where_that_is_near(least: float, most: float, ends: tuple[float, float]) -> None:
    assert span(least, most)[:2] == pytest.approx(ends)


def test_nothing_to_draw_is_no_chart_and_one_point_is_a_dot() -> None:
    assert chart.chart("x", {"a": []}, 100) is None
    made = chart.chart("x", {"a": [(50, 0.5)]}, 100)
    assert made is not None
    ((x, _, told),) = made.lines[0].dots
    assert float(x) == pytest.approx((chart.LEFT + chart.WIDTH - chart.RIGHT) / 2)
    assert told == "a, update 50: 0.5"
    assert made.told == "x: a 0.5"


@pytest.mark.parametrize(
    ("value", "step", "told"),
    [
        (0.05, 0.05, "0.05"),
        (-0.05, 0.05, "−0.05"),
        (12, 2, "12"),
        (1500, 5, "1500"),
        (20_000, 5000, "20k"),
        (2e6, 5e5, "2M"),
    ],
)
def test_ticks(value: float, step: float, told: str) -> None:
    assert chart.short(value, step) == told
