"""Values as words for people. Pure."""

import json
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from api.checkup.model import Figure
from api.listing import Seat

FAULTS = {
    "illegal": "illegal moves",
    "timeout": "out of time",
    "resigned": "resigned",
    "agent_fault": "failed",
    "abandoned": "left",
    "echo": "said the same again",
}

STOPS = {"win": "won", "loss": "lost", "draw": "drew", "forfeit_win": "won by forfeit"}


def ending(seats: list[Seat]) -> str:
    """How a match ended: by play, or by whose fault."""
    for seat in seats:
        if seat.stop in FAULTS:
            return f"{seat.player}: {FAULTS[seat.stop]}"
    return "draw" if any(s.stop == "draw" for s in seats) else "won by play"


def outcome(seats: list[Seat]) -> str:
    """How a match ended, as the beginning of a sentence: names stand as their owners write them."""
    for seat in seats:
        if seat.stop in FAULTS:
            return f"{seat.player} forfeited ({FAULTS[seat.stop]})"
    winners = [seat.player for seat in seats if seat.stop == "win"]
    if winners:
        return f"{' and '.join(winners)} won by play"
    return "A draw" if any(seat.stop == "draw" for seat in seats) else "Played to its end"


def stopped(stop: str) -> str:
    """Why a seat's match ended: `won`, `won by forfeit`, `forfeited: out of time`."""
    return f"forfeited: {FAULTS[stop]}" if stop in FAULTS else STOPS.get(stop, stop.replace("_", " "))


def page(label: str) -> str:
    """Where a player's page is, and on it the version, from the name that people read: `kuhn@3`."""
    name, _, number = label.partition("@")
    return f"/players/{quote(name, safe='')}" + (f"#v{number}" if number else "")


def plain(spec: dict[str, Any]) -> str:
    """A spec as its owner wrote it."""
    return json.dumps(spec, ensure_ascii=False)


def score(value: float | None) -> str:
    """A score with its sign: `+1`, `−0.5`, `0`."""
    if value is None:
        return ""
    return f"{value:+g}".replace("-", "−") if value else "0"


def plies(number: int) -> str:
    """`1 ply`, `9 plies`."""
    return f"{number} {'ply' if number == 1 else 'plies'}"


def ms(value: float) -> str:
    """A duration: `< 0.1 ms`, `0.3 ms`, `12 ms`, `1.24 s`."""
    if value < 0.1:
        return "< 0.1 ms"
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def lasting(seconds: float) -> str:
    """How long something took: `42 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def figure(told: Figure) -> str:
    """A number with its unit: `1,204`, `0.5 /s`, `12 ms`, `3.1 s`, `4 min`, `2 h`, `50 %`."""
    value = told.value
    match told.unit:
        case "ms":
            return ms(value)
        case "s":
            return (
                f"{value:.1f} s" if value < 60 else f"{value / 60:.0f} min" if value < 3600 else f"{value / 3600:.0f} h"
            )
        case "share":
            return f"{value:.0%}".replace("%", " %")
        case "/s":
            return f"{value:.2f} /s"
        case _:
            return f"{value:,.0f}"


def coded(text: str) -> Markup:
    """Prose in which what stands between backticks is code."""
    pieces = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(pieces))
