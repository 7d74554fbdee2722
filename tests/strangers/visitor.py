"""A player that plays only while it is connected."""

from typing import Any

from arena.core.agents import Table
from tests.strangers.stranger import Stranger

KIND = {
    "for_anyone": True,
    "qualifies": True,
    "connects": True,
    "needs": {},
    "spec": {"type": "object", "additionalProperties": False, "properties": {"n": {"type": "integer"}}},
}


def build(spec: dict[str, Any], table: Table) -> Stranger:
    """An agent for one seat of one match."""
    return Stranger("play", table)
