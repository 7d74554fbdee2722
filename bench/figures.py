"""How every benchmark reports: a figure with its peer and its target, as one JSON object a line or as a table."""

import json as jsons
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `peer` is what was measured beside it in the same run; names are stable."""

    figure: str
    value: float
    unit: str
    peer: str | None = None
    peer_value: float | None = None
    target: str | None = None
    meets: bool | None = None
    seeds: int = 1
    """How many independent runs `value` is the median of."""

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the peer's."""
        return self.value / self.peer_value if self.peer_value else None


def report(figures: Iterable[Figure], json: bool) -> None:
    """Print the figures: exactly one JSON object a line, or a table."""
    if json:
        for figure in figures:
            print(jsons.dumps(_record(figure)), flush=True)
    else:
        Console(width=None if os.isatty(1) else 140).print(_table(figures))


@lru_cache
def machine() -> str:
    """The processor, its cores and the Python version: what a figure depends on, and nothing that names the host."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.is_file():
        named = [line for line in cpus.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _record(figure: Figure) -> dict[str, object]:
    return {
        "figure": figure.figure, "value": _rounded(figure.value), "unit": figure.unit, "peer": figure.peer,
        "peer_value": _rounded(figure.peer_value), "ratio": _rounded(figure.ratio), "target": figure.target,
        "meets": figure.meets, "seeds": figure.seeds, "machine": machine(),
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    """Four significant digits, and never less than whole units."""
    if value is None:
        return None
    return float(round(value)) if abs(value) >= 1000 else float(f"{value:.4g}")


def _table(figures: Iterable[Figure]) -> Table:
    table = Table("figure", "value", "unit", "peer", "peer's", "ratio", "target", "", title=machine())
    for figure in figures:
        verdict = {True: "[green]met[/]", False: "[bold red]missed[/]", None: ""}[figure.meets]
        value, peer_value, ratio = (_shown(number) for number in (figure.value, figure.peer_value, figure.ratio))
        table.add_row(
            figure.figure, value, figure.unit, figure.peer or "", peer_value, ratio, figure.target or "", verdict
        )
    return table


def _shown(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"
