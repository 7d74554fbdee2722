"""Curves as SVG: numbers become coordinates here, and the template only writes them down. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 340, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 10, 24
MOST = 6
"""Lines in a chart."""

Points = Sequence[tuple[float, float]]
"""(update, value), by update."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve: the points of a polyline, and where each of them is if they are to be marked."""

    name: str
    drawn: str
    dots: list[tuple[str, str, str]]
    """(x, y, what it is)."""
    newest: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its axes. `told` says in words what it shows."""

    title: str
    lines: list[Line]
    across: list[tuple[str, str]]
    """(x, label) along the updates."""
    up: list[tuple[str, str]]
    """(y, label) along the values."""
    told: str


def chart(title: str, curves: Mapping[str, Points], updates: float, *, marked: bool = False) -> Chart | None:
    """A chart of named curves over 0 to `updates`; None where there is nothing to draw."""
    shown = {name: points for name, points in list(curves.items())[:MOST] if points}
    if not shown:
        return None
    values = [value for points in shown.values() for _, value in points]
    low, high, step = span(min(values), max(values))
    right = max(updates, *(x for points in shown.values() for x, _ in points), 1.0)

    def place(x: float, y: float) -> tuple[str, str]:
        along = LEFT + x / right * (WIDTH - LEFT - RIGHT)
        return f"{along:.1f}", f"{HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM):.1f}"

    lines = [_line(name, points, [place(*point) for point in points], marked) for name, points in shown.items()]
    ticks = [low + k * step for k in range(round((high - low) / step) + 1)]
    across = [k * nice(right / 4) for k in range(int(right / nice(right / 4)) + 1)]
    return Chart(
        title, lines, [(place(x, low)[0], short(x)) for x in across], [(place(0, y)[1], short(y, step)) for y in ticks],
        f"{title}: " + ", ".join(f"{line.name} {line.newest}" for line in lines),
    )  # fmt: skip


def _line(name: str, points: Points, places: list[tuple[str, str]], marked: bool) -> Line:
    told = [f"{name}, update {update:,.0f}: {figure(value)}" for update, value in points]
    dots = [(*place, said) for place, said in zip(places, told, strict=True)] if marked or len(points) == 1 else []
    return Line(name, " ".join(",".join(place) for place in places), dots, figure(points[-1][1]))


def span(least: float, most: float) -> tuple[float, float, float]:
    """Round ends of an axis that holds these values, and the step between its ticks; from 0 where that is near."""
    if least > 0 and least < 0.6 * most:
        least = 0.0
    if most < 0 and most > 0.6 * least:
        most = 0.0
    if most - least <= 1e-9 * max(abs(most), abs(least), 1e-6):
        most, least = most + max(abs(most) * 0.1, 1e-3), least - max(abs(least) * 0.1, 1e-3)
    step = nice((most - least) / 4)
    return math.floor(least / step + 1e-9) * step, math.ceil(most / step - 1e-9) * step, step


def nice(least: float) -> float:
    """The smallest of …, 0.1, 0.2, 0.5, 1, 2, 5, … that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def short(value: float, step: float = 1.0) -> str:
    """A tick's label: `0.05`, `12`, `20k`, `1.5M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= 10 * size or (abs(value) >= size and value % (size / 10) == 0 and step >= size / 10):
            return f"{value / size:g}{letter}"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:.{digits}f}".replace("-", "−")


def figure(value: float) -> str:
    """A value in words: three digits, four before the point."""
    return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}").replace("-", "−")
