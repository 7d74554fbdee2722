"""Plays any legal action with equal probability."""

from arena.core.agents import Table, Turn

KIND = {
    "for_anyone": True,
    "needs": {},
    "spec": {"type": "object", "properties": {}, "additionalProperties": False},
}


class Random:
    """Uniform over the legal actions; reads no view."""

    view = None

    def __init__(self, table: Table) -> None:
        self._random = table.random

    def act(self, turn: Turn) -> str:
        return self._random.choice(turn.legal)


def build(spec: dict[str, object], table: Table) -> Random:
    """A random player; its spec is empty."""
    return Random(table)
