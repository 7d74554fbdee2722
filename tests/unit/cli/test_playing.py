"""What `arena bot` shows of what becomes of its player."""

import io

import pytest
from rich.console import Console
from rich.live import Live

from arena.cli.shared.playing import REJECTED, Screen

LOST = {"player": "ada", "status": "rejected", "why": "It forfeited 2 of 4 matches."}
CONNECTED = {"player": "ada", "by": "a WebSocket"}


def test_who_is_rejected_is_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(None)
    screen.tell("life", {**LOST, "status": "validating", "why": ""})
    screen.tell("life", LOST)
    assert capsys.readouterr().out.splitlines() == [
        "ada is validating.", f"ada is rejected. It forfeited 2 of 4 matches. {REJECTED}",
    ]  # fmt: skip


def test_on_a_terminal_it_stays_in_sight() -> None:
    shown = Console(file=io.StringIO(), width=200, height=20)
    screen = Screen(live := Live(console=shown, auto_refresh=False))
    screen.tell("life", LOST)
    screen.tell("connected", CONNECTED)
    with shown.capture() as drawn:
        shown.print(live.get_renderable())
    assert "ada is connected by a WebSocket" in drawn.get()
    assert "ada is rejected. It forfeited 2 of 4 matches." in drawn.get()
