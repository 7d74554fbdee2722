"""Draws docs/learning/*.svg from the stored runs under bench/runs/curves: a line a seed, nothing but the numbers."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
RUNS = HERE.parent / "bench" / "runs" / "curves"
WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 640, 320, 56, 40, 120, 28
COLOURS = ("#3465a4", "#cc4b37", "#4e9a06", "#8f5902", "#75507b")

Line = tuple[str, list[tuple[float, float]]]
"""A label and its points."""

PLOTS = {
    "kuhn": (
        "Kuhn poker: NashConv",
        ["kuhn_regularised", "kuhn_control", "kuhn_stale", "kuhn_stale_clipped"],
        "nashconv.average",
    ),
    "kuhn_last": ("Kuhn poker: NashConv of the last policy", ["kuhn_regularised", "kuhn_control"], "nashconv.last"),
    "leduc": ("Leduc hold'em: NashConv of the last policy", ["leduc"], "nashconv.last"),
    "leduc_average": ("Leduc hold'em: NashConv of the average", ["leduc"], "nashconv.average"),
    "smollm2": (
        "SmolLM2 at Kuhn poker: NashConv of the last policy",
        ["smollm2_kuhn_clone", "smollm2_kuhn"],
        "nashconv.last",
    ),
    "connect_four": ("Connect four: wins against random play", ["connect_four"], "references.win_vs_random"),
    "connect_four_mcts": (
        "Connect four: wins against a search of ten simulations",
        ["connect_four"],
        "references.win_vs_mcts_10",
    ),
    "tic_tac_toe": ("Tic-tac-toe: draws against perfect play", ["tic_tac_toe"], "oracle.draw_vs_optimal"),
}


def lines(recipes: Sequence[str], number: str) -> list[tuple[int, Line]]:
    """(colour, line) of every seed of the recipes, over processor seconds."""
    found: list[tuple[int, Line]] = []
    for colour, recipe in enumerate(recipes):
        seeds: dict[int, list[tuple[float, float]]] = {}
        file = RUNS / f"{recipe}.jsonl"
        for text in file.read_text(encoding="utf-8").splitlines() if file.is_file() else []:
            row = json.loads(text)
            seeds.setdefault(row["seed"], []).append((row["cpu_s"], row[number]))
        found += [(colour, (recipe if k == 0 else "", points)) for k, points in enumerate(seeds.values())]
    return found


def draw(title: str, drawn: list[tuple[int, Line]]) -> str:
    """An SVG of lines; both axes begin at 0."""
    points = [point for _, (_, line) in drawn for point in line]
    right, top = max(x for x, _ in points), max(y for _, y in points)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + x / right * (WIDTH - LEFT - RIGHT)
        return across, HEIGHT - BOTTOM - y / top * (HEIGHT - BOTTOM - TOP)

    parts = [f'<text x="{LEFT}" y="18" font-size="14">{title}</text>']
    for value in _ticks(top):
        x, y = place(0, value)
        parts.append(f'<path d="M{x} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{x - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in _ticks(right):
        x, y = place(value, 0)
        parts.append(f'<text x="{x:.1f}" y="{y + 16}" text-anchor="middle">{value:g}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">processor seconds</text>')
    named = 0
    for colour, (label, line) in drawn:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{COLOURS[colour]}" stroke-width="1.5"/>')
        if label:
            where = f'x="{WIDTH - RIGHT + 8}" y="{TOP + 14 + 16 * named}"'
            parts.append(f'<text {where} fill="{COLOURS[colour]}">{label}</text>')
            named += 1
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    style = 'font-family="sans-serif" font-size="11"'
    background = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', background, *parts, "</svg>", ""])


def _ticks(most: float) -> list[float]:
    """Four to eight round numbers from 0."""
    step = 10 ** math.floor(math.log10(most / 2))
    step *= next(factor for factor in (1, 2, 5, 10) if most / (step * factor) <= 8)
    return [round(step * k, 10) for k in range(int(most / step) + 1)]


if __name__ == "__main__":
    (HERE / "learning").mkdir(exist_ok=True)
    for name, (title, recipes, number) in PLOTS.items():
        if found := lines(recipes, number):
            (HERE / "learning" / f"{name}.svg").write_text(draw(title, found), encoding="utf-8")
