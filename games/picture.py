"""A position as a picture: SVG of a board where a view tells one, else of the view's own lines."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from games.rules import State

CELL = 48
LINE = 22
COLUMN = 9.6
"""Width of a letter at the size of text used here."""
DISCS = {"x": "#c8443c", "o": "#e8b53a", "X": "#c8443c", "O": "#e8b53a"}
EMPTY = frozenset(". _-")


def svg(state: State, seat: int, view: str) -> str:
    """What `seat` sees, as an SVG document. A `grid` in the JSON view, rows of one-letter cells, is a board."""
    told: Any = json.loads(state.view(seat, "json"))
    rows: list[str] | None = told.get("grid")
    if rows:
        return board(rows)
    return lines(state.view(seat, view).split("\n"))


def board(rows: Sequence[str]) -> str:
    """A board of cells, first row on top."""
    across = max(map(len, rows))
    parts: list[str] = []
    for i, row in enumerate(rows):
        for j, cell in enumerate(row):
            parts.append(_cell(j * CELL, i * CELL, cell, dark=(i + j) % 2 == 1))
    return _document(across * CELL, len(rows) * CELL, parts)


def lines(text: Sequence[str]) -> str:
    """Lines of text."""
    wide = max(1, *map(len, text))
    parts = [
        f'<text x="12" y="{12 + LINE * (i + 0.7):g}" font-family="monospace" font-size="16" fill="#1d2433" '
        f'xml:space="preserve">{escape(line)}</text>'
        for i, line in enumerate(text)
    ]
    return _document(24 + wide * COLUMN, 24 + len(text) * LINE, parts)


def _cell(x: int, y: int, cell: str, *, dark: bool) -> str:
    shade = "#dfe3ea" if dark else "#f2f4f8"
    square = f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{shade}" stroke="#b9c0cc"/>'
    if cell in EMPTY or not cell:
        return square
    middle = f"{x + CELL / 2:g}", f"{y + CELL / 2:g}"
    if cell in DISCS:
        return f'{square}<circle cx="{middle[0]}" cy="{middle[1]}" r="{CELL * 0.38:g}" fill="{DISCS[cell]}"/>'
    letter = f'font-family="sans-serif" font-size="{CELL * 0.55:g}" fill="#1d2433"'
    place = f'x="{middle[0]}" y="{middle[1]}" text-anchor="middle" dominant-baseline="central"'
    return f"{square}<text {place} {letter}>{escape(cell)}</text>"


def _document(width: float, height: float, parts: Sequence[str]) -> str:
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    ground = f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{ground}{"".join(parts)}</svg>'
