"""A training job on a terminal: how far it is, its newest numbers, and the curve of the evaluation that is watched."""

import time
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from arena.cli.shared.curves import Curves, curve
from arena.cli.shared.jobs import how_far
from arena.cli.shared.screen import CONSOLE
from arena.client import Client

PAGE = 1000
LINE_S = 10.0
"""Between two lines where there is no terminal to draw on."""
ACROSS = 5
"""Numbers in a row: so they fit on 80 columns."""
SHOWN = (
    ("update", "update", "{:,.0f}"), ("matches", "games", "{:,.0f}"), ("loss", "loss", "{:+.4f}"),
    ("entropy", "entropy", "{:.3f}"), ("kl_behaviour", "KL", "{:.4f}"), ("staleness", "staleness", "{:.2f}"),
    ("forfeits", "forfeits", "{:.2%}"), ("learner_busy", "learner busy", "{:.0%}"),
    ("rollout_busy", "hosts busy", "{:.0%}"),
)  # fmt: skip


class Training:
    """Draws over itself on a terminal; elsewhere, in a log for example, it prints a line now and then."""

    def __init__(self, spec: dict[str, Any]) -> None:
        guard: dict[str, Any] = spec.get("guard", {})
        self.curves = Curves(guard.get("watch", ""), guard.get("better", "low"))
        self._live = Live(console=CONSOLE, auto_refresh=False) if CONSOLE.is_terminal else None
        self._told_at = float("-inf")
        self._kept: list[str] = []

    def __enter__(self) -> None:
        if self._live:
            self._live.start()

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()
        for told in self._kept:
            CONSOLE.print(Text(told), soft_wrap=True)

    def draw(self, arena: Client, job: dict[str, Any]) -> None:
        """Fetch what is new and draw; once it has ended, with its checkpoints."""
        while rows := arena.job_metrics(job["id"], after=self.curves.last, limit=PAGE):
            self.curves.add(rows)
        ended = job["state"] not in ("queued", "running")
        if self._live:
            self._live.update(picture(job, self.curves), refresh=True)
        elif ended or time.monotonic() - self._told_at >= LINE_S:
            self._told_at = time.monotonic()
            CONSOLE.print(Text(line(job, self.curves)), soft_wrap=True)
        if ended:
            self._kept = kept(arena.job_checkpoints(job["id"]))


def picture(job: dict[str, Any], curves: Curves) -> RenderableType:
    """All of it at one moment."""
    far: dict[str, Any] = job["progress"] or {}
    bar = ProgressBar(total=far.get("of"), completed=far.get("done", 0), width=40, pulse=not far)
    head = Table.grid(padding=(0, 2))
    head.add_row(Text(f"{job['name']}: {job['state']}", style="bold"), bar, how_far(job))
    parts: list[RenderableType] = [head, _grid(numbers(curves)) if curves.newest else Text("no update yet", "dim")]
    if curves.evaluations:
        parts += [_evaluations(curves)]
        name = curves.watched or ""
        points = curves.evaluations[name]
        drawn = curve([value for _, value in points], CONSOLE.width - len(name) - 12)
        parts.append(Text(f"{name} {drawn} {points[-1][1]:.4g}"))
    return Group(*parts)


def line(job: dict[str, Any], curves: Curves) -> str:
    """The same in a line."""
    told: list[str] = []
    for name, values in curves.evaluations.items():
        best = curves.best(name)
        told.append(f"{name} {values[-1][1]:.4g}" + (f" (best {best[1]:.4g})" if best else ""))
    return "  ".join([f"{job['name']}: {job['state']}", how_far(job), *map(" ".join, numbers(curves)), *told]).strip()


def kept(checkpoints: list[dict[str, Any]]) -> list[str]:
    """A line for each checkpoint: where it is, which player it became, and where that stands."""
    count = f"{len(checkpoints)} checkpoint{'' if len(checkpoints) == 1 else 's'}"
    lines = [f"{count} in the artifact store:"] if checkpoints else []
    for one in checkpoints:
        stands = [
            f"Elo {r['elo']:.0f}{'?' * r['provisional']} after {r['games']} games of {r['ladder']}"
            for r in one["ratings"]
        ]
        became = ", ".join([one["player"] or "not submitted", *stands])
        lines.append(f"  {one['folder']}  ({became})")
    return lines


def numbers(curves: Curves) -> list[tuple[str, str]]:
    """The newest, each with its word."""
    told = [(word, form.format(curves.newest[name])) for name, word, form in SHOWN if name in curves.newest]
    if curves.games_per_s is not None:
        told.insert(2, ("games/s", f"{curves.games_per_s:,.0f}"))
    return told


def _grid(told: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    for first in range(0, len(told), ACROSS):
        grid.add_row(*(Text.assemble((word, "dim"), f" {value}") for word, value in told[first : first + ACROSS]))
    return grid


def _evaluations(curves: Curves) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("evaluation", "update", "newest", "best", "at update"):
        table.add_column(title, justify="left" if title == "evaluation" else "right")
    for name, points in curves.evaluations.items():
        (update, value), best = points[-1], curves.best(name)
        table.add_row(name, f"{update:,}", f"{value:.4g}", *((f"{best[1]:.4g}", f"{best[0]:,}") if best else ()))
    return table
