"""Plays by the game's own script of a quick player: one look at the position, no plan."""

from arena.core.agents import Table
from games.scripts import Scripted, seat

KIND = {
    "for_anyone": True,
    "needs": {"script": "greedy"},
    "spec": {"type": "object", "properties": {}, "additionalProperties": False},
}


def build(spec: dict[str, object], table: Table) -> Scripted:
    """An agent for one seat of one match. Raises `CannotPlay` where the game has no such script."""
    return seat("greedy", table)
