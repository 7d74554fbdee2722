"""What the commands print: JSON alone, or tables and boards drawn with Rich."""

import json
import time
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
SHORT_S = 0.35

WIDE = 200
"""A file, or a pipe, has no width: a row is a line there."""

CONSOLE = Console(highlight=False)
if not CONSOLE.is_terminal:
    CONSOLE.width = WIDE


def emit(value: Any) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


class Film:
    """Frames drawn one over the other on a terminal, `delay_s` apart; one below the other anywhere else."""

    def __init__(self, delay_s: float = SHORT_S) -> None:
        self._delay_s = delay_s
        self._live = Live(console=CONSOLE, auto_refresh=False) if CONSOLE.is_terminal else None

    def __enter__(self) -> "Film":
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def frame(self, title: str, body: str) -> None:
        """Draw one frame. Both are plain text: players' names and replies are not markup."""
        if self._live is None:
            CONSOLE.print(Text(f"{title}\n{body}\n"), soft_wrap=True)
            return
        self._live.update(Group(Text(title, style="bold"), Text(body)), refresh=True)
        time.sleep(self._delay_s)

    def line(self, text: str) -> None:
        """Print a line that stays."""
        CONSOLE.print(Text(text), soft_wrap=True)
