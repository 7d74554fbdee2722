"""A player that is not the arena's own code, and does what its spec says."""

from typing import Any

from arena.core.agents import Answer, Failed, Table, Turn
from arena.core.wire import Stop

KIND = {
    "for_anyone": True,
    "qualifies": True,
    "at_once": 4,
    "needs": {},
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "does": {"enum": ["play", "cheat", "leave", "fall", "cheat at poker", "cheat once", "inject"]},
            "at_once": {"type": "integer", "minimum": 1},
        },
    },
}


class Stranger:
    """Plays the first legal action, as long as it plays."""

    view: str | None = ""

    def __init__(self, does: str, table: Table) -> None:
        self._does, self._table = does, table

    def act(self, turn: Turn) -> Answer:
        """As its spec says."""
        if self._does == "leave":
            return Failed(Stop.ABANDONED, "it left")
        if self._does == "fall":
            raise RuntimeError("it fell")
        if self._does == "inject":
            return "<script>alert(1)</script>[/red]\x1b[2J"
        once = self._does == "cheat once" and (self._table.game, self._table.seat) == ("tic_tac_toe", 0)
        poker = self._does == "cheat at poker" and self._table.game == "kuhn_poker"
        return "a stolen move" if self._does == "cheat" or once or poker else turn.legal[0]


def build(spec: dict[str, Any], table: Table) -> Stranger:
    """An agent for one seat of one match."""
    return Stranger(spec.get("does", "play"), table)
