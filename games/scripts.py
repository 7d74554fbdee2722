"""A game's own scripted players, as agents. The scripts stand in the game's file, as `scripts`."""

import json

from arena.core.agents import Table, Turn
from arena.core.errors import CannotPlay
from games import catalog
from games.rules import Script


class Scripted:
    """Reads its seat's JSON view and answers by the script."""

    view: str | None = "json"

    def __init__(self, script: Script, table: Table) -> None:
        self._script, self._random = script, table.random

    def act(self, turn: Turn) -> str:
        return self._script(json.loads(turn.view), turn.legal, self._random)


def seat(name: str, table: Table) -> Scripted:
    """The scripted player of that name. Raises `CannotPlay` where the game has none."""
    rules = catalog.load(table.game)
    if name not in rules.scripts:
        known = [game for game in catalog.names() if name in catalog.load(game).facts.scripts]
        todo = f"Seat it at: {', '.join(known)}." if known else "Seat another player."
        raise CannotPlay(f"{table.game} has no script {name!r}.", todo=todo)
    return Scripted(rules.scripts[name], table)
