"""Shows what a bot does: on a terminal a live line for each match, elsewhere a line for each that begins and ends."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.text import Text

from arena.cli.shared.lives import COMING, last_change, version_of
from arena.cli.shared.screen import CONSOLE
from arena.client import Client, ClientError

SHOWN = 15
REJECTED = "Mend what was wrong and start this again: it is submitted again then."
"""Until then the bot stays: it plays the player's former version, and whatever is submitted from elsewhere. Were it to
end, what keeps it running would start it, and so submit it, over and over."""
LOOK_S, JOIN_S = 1.0, 5.0
Tell = Callable[[str, dict[str, Any]], None]


class Screen:
    """The matches of a bot, newest last."""

    def __init__(self, live: Live | None) -> None:
        self._live = live
        self._lines: OrderedDict[str, str] = OrderedDict()
        self._games: dict[str, str] = {}
        self._state = "connecting …"
        self._life = ""
        self._record = {"win": 0, "draw": 0, "loss": 0}

    def tell(self, what: str, message: dict[str, Any]) -> None:
        """Show one thing that happened."""
        match what:
            case "connected":
                self._say(f"{message['player']} is connected by {message['by']}; Ctrl-C ends it")
            case "lost":
                self._say(f"the connection is lost: {message['why']}; connecting again")
            case "turn":
                self._turn(message)
            case "answer":
                said = message.get("action", message.get("error"))
                self._line(message["match"], f"ply {message['ply'] + 1}: {said}", loud=False)
            case "over":
                self._over(message)
            case "life":
                todo = REJECTED if message["status"] == "rejected" else ""
                self._lives(
                    " ".join(filter(None, (f"{message['player']} is {message['status']}.", message["why"], todo)))
                )
            case "error":
                self._say(f"{message['code']}: {message['what']}")
            case _:
                self._say("disconnected")

    def _turn(self, message: dict[str, Any]) -> None:
        new = message["match"] not in self._games
        self._games[message["match"]] = f"{message['game']}, seat {message['seat'] + 1}"
        if new:
            self._line(message["match"], "begins", loud=True)

    def _over(self, message: dict[str, Any]) -> None:
        stop = message["stop"]
        kind = stop if stop in self._record else "win" if stop == "forfeit_win" else "loss"
        if stop != "infrastructure":
            self._record[kind] += 1
        self._line(message["match"], f"over: {stop}, score {message['score']:g}", loud=True)
        self._games.pop(message["match"], None)

    def _line(self, match: str, told: str, *, loud: bool) -> None:
        line = f"{match}  {self._games.get(match, '')}  {told}"
        self._lines[match] = line
        self._lines.move_to_end(match)
        while len(self._lines) > SHOWN:
            self._lines.popitem(last=False)
        if self._live is None and loud:
            CONSOLE.print(Text(line), soft_wrap=True)
        self._draw()

    def _say(self, told: str) -> None:
        self._state = told
        self._print(told)

    def _lives(self, told: str) -> None:
        """What became of the player stays in sight, whatever is said of the connection."""
        self._life = told
        self._print(told)

    def _print(self, told: str) -> None:
        if self._live is None:
            CONSOLE.print(Text(told), soft_wrap=True)
        self._draw()

    def _draw(self) -> None:
        if self._live is not None:
            counts = ", ".join(f"{n} {kind}" for kind, n in self._record.items())
            lines = [Text(line, no_wrap=True) for line in self._lines.values()]
            life = [Text(self._life)] if self._life else []
            head = Text(f"{self._state}  ({counts})", style="bold")
            self._live.update(Group(head, *life, *lines), refresh=True)


@contextmanager
def watching() -> Generator[Tell]:
    """What a bot tells, to be shown while the block runs."""
    if CONSOLE.is_terminal:
        with Live(console=CONSOLE, auto_refresh=False) as live:
            yield Screen(live).tell
    else:
        yield Screen(None).tell


@contextmanager
def telling_life(arena: Client, submitted: dict[str, Any], tell: Tell) -> Generator[None]:
    """What becomes of a player that was submitted is told, until it is decided or the block is left."""
    over = threading.Event()
    thread = threading.Thread(target=_follow, args=(arena, submitted, tell, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(JOIN_S)


def _follow(arena: Client, submitted: dict[str, Any], tell: Tell, over: threading.Event) -> None:
    status = ""
    while status in ("", *COMING) and not over.wait(LOOK_S if status else 0):
        try:
            version = version_of(arena.player(submitted["player"]), submitted)
        except ClientError:  # the bot tells that the arena is away
            continue
        if version["status"] != status:
            status = version["status"]
            tell("life", {"player": submitted["player"], "status": status, "why": last_change(version)["reason"]})
