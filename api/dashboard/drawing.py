"""Numbers as shapes: coordinates for the small SVG pictures. Pure."""

from collections.abc import Sequence

BAR = 150
"""Width of the 0-100 % axis, in pixels."""
SPARK = (84, 22)
MARGIN = 2
CALM = 40.0
"""Elo points that fill a sparkline's height at least, so that a steady player's line looks steady."""


def along(fraction: float) -> str:
    """Where a fraction lies on the 0-100 % axis, in pixels."""
    return f"{round(BAR * fraction, 1):g}"


def spark(values: Sequence[float]) -> str:
    """The points of a polyline through `values`, oldest at the left; empty below two values."""
    if len(values) < 2:
        return ""
    width, height = SPARK
    middle = (max(values) + min(values)) / 2
    span = max(max(values) - min(values), CALM)
    step = (width - 2 * MARGIN) / (len(values) - 1)
    inner = height - 2 * MARGIN
    return " ".join(
        f"{MARGIN + i * step:.1f},{height / 2 - (value - middle) / span * inner:.1f}" for i, value in enumerate(values)
    )
