"""Values as words for people. Pure."""

from api.listing import Seat

FAULTS = {
    "illegal": "illegal moves",
    "timeout": "out of time",
    "resigned": "resigned",
    "agent_fault": "failed",
}


def ending(seats: list[Seat]) -> str:
    """How a match ended: by play, or by whose fault."""
    for seat in seats:
        if seat.stop in FAULTS:
            return f"{seat.player}: {FAULTS[seat.stop]}"
    return "draw" if any(s.stop == "draw" for s in seats) else "won by play"


def score(value: float | None) -> str:
    """A score with its sign: `+1`, `−0.5`, `0`."""
    if value is None:
        return ""
    return f"{value:+g}".replace("-", "−") if value else "0"


def ms(value: float) -> str:
    """A duration: `< 0.1 ms`, `0.3 ms`, `12 ms`, `1.24 s`."""
    if value < 0.1:
        return "< 0.1 ms"
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"
