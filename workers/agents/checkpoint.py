"""A checkpoint of a training job: its policy draws legal actions. It is bound to the hash of its weights."""

import json
from typing import Any

import torch

from arena.core.agents import Table
from arena.core.errors import BadSpec, CannotPlay
from arena.core.settings import Settings
from arena.store.artifacts import Artifacts
from workers.policy.playing import Asked, PolicyAgent
from workers.policy.policy import build as build_policy
from workers.policy.shelf import Shelf
from workers.policy.weights import unpack

KIND = {
    "for_anyone": True,
    "checkpoint": "checkpoint",
    "leagues": ["open", "bare"],
    "needs": {},
    "spec": {
        "type": "object",
        "additionalProperties": False,
        "required": ["checkpoint", "content_hash"],
        "properties": {
            "checkpoint": {"type": "string", "description": "Its folder in the artifact store."},
            "content_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "Of its weights."},
        },
    },
}
ROOM = 2 << 30
"""Bytes of weights kept in memory; the policy used longest ago leaves."""


class Loaded:
    """A checkpoint in memory, and the games of the mixture that it was trained on."""

    def __init__(self, asked: Asked, games: list[dict[str, Any]]) -> None:
        self.asked, self._games = asked, games

    def game(self, table: Table) -> dict[str, Any]:
        """The entry of the mixture that is most like what is played here: of its variant, if that was trained.

        Raises:
            CannotPlay: the game is not in the mixture.
        """
        known = [game for game in self._games if game["name"] == table.game]
        if not known:
            raise CannotPlay(f"The checkpoint was not trained on {table.game}.", todo="Seat another player.")
        wanted = {"variant": table.variant, "mode": "choose", "rounds": table.rounds}
        return max(known, key=lambda game: [game[field] == value for field, value in wanted.items()])


def build(spec: dict[str, Any], table: Table) -> PolicyAgent:
    """Raises `UnknownArtifact`, or `BadSpec` when the weights are not those of the hash."""
    which = Settings.read().artifacts, spec["checkpoint"], spec["content_hash"]
    loaded = _shelf.take(json.dumps(which), lambda: _load(*which))
    game = loaded.game(table)
    # A rated session's views begin with how it stands. Who learnt from single rounds never read such a line.
    return PolicyAgent(loaded.asked, table, game, alone=game["rounds"] == 1 < table.rounds)


_shelf: Shelf[Loaded] = Shelf(ROOM)


def _load(store: str, folder: str, content_hash: str) -> tuple[Loaded, int]:
    torch.set_num_threads(1)
    artifacts = Artifacts(store)
    made = json.loads(artifacts.read(f"{folder}/manifest.json"))
    asked = made["spec"]["policy"]
    policy = build_policy(asked["backend"], asked["spec"], 0)
    blob = artifacts.read(f"{folder}/policy.safetensors")
    policy.load(unpack(blob), made["version"])
    if policy.content_hash.hex() != content_hash:
        raise BadSpec(f"The weights in {folder} are not those of {content_hash}.", todo="Submit the checkpoint anew.")
    return Loaded(Asked(policy), made["spec"]["games"]), len(blob)
