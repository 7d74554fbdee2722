"""A checkpoint of a training job: its policy draws legal actions. It is bound to the hash of its weights."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from arena.core.agents import Table, Turn
from arena.core.errors import BadSpec, CannotPlay
from arena.core.settings import Settings
from arena.store.artifacts import Artifacts
from games import catalog
from games.session import round_view
from workers.policy.batching import Gatherer
from workers.policy.inference import Held, Position
from workers.policy.policy import Policy
from workers.policy.policy import build as build_policy
from workers.policy.prompts import FORMATS
from workers.policy.weights import unpack

KIND = {
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
REMEMBERED = 50_000
"""Positions each of them remembers; then all are forgotten."""
LOADED = 8
"""Policies kept in memory; the one used longest ago leaves."""


class CheckpointAgent:
    """Plays one seat. Positions scored once are remembered: the weights never change."""

    def __init__(self, loaded: "Loaded", table: Table) -> None:
        game = loaded.game(table)
        self.view: str | None = game["view"]
        self._loaded, self._table, self._game = loaded, table, game
        self._facts = catalog.load(table.game).facts
        # A rated session's views begin with how it stands. Who learnt from single rounds never read such a line.
        self._alone = game["rounds"] == 1 < table.rounds

    async def act(self, turn: Turn) -> str:
        """Draw an action."""
        view = round_view(turn.view, self._game["view"]) if self._alone else turn.view
        prompt = FORMATS[self._game["prompt"]](self._facts, view, turn.legal)
        probabilities = await self._loaded.probabilities(prompt, tuple(turn.legal))
        return self._table.random.choices(turn.legal, probabilities)[0]


class Loaded:
    """A checkpoint in memory. All matches of the process that it plays in ask together."""

    def __init__(self, policy: Policy, games: list[dict[str, Any]]) -> None:
        self._games = games
        self._asked = Gatherer(Held(policy).score)
        self._known: dict[tuple[str, tuple[str, ...]], list[float]] = {}

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

    async def probabilities(self, prompt: str, legal: tuple[str, ...]) -> list[float]:
        """What the policy would do."""
        key = prompt, legal
        known = self._known.get(key)
        if known is None:
            answer = await self._asked.score(Position(prompt, legal))
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[key] = np.exp(answer.logps.astype(np.float64)).tolist()
        return known


def build(spec: dict[str, Any], table: Table) -> CheckpointAgent:
    """Raises `UnknownArtifact`, or `BadSpec` when the weights are not those of the hash."""
    return CheckpointAgent(_load(Settings.read().artifacts, spec["checkpoint"], spec["content_hash"]), table)


@lru_cache(LOADED)
def _load(store: str, folder: str, content_hash: str) -> Loaded:
    torch.set_num_threads(1)
    artifacts = Artifacts(store)
    made = json.loads(artifacts.read(f"{folder}/manifest.json"))
    asked = made["spec"]["policy"]
    policy = build_policy(asked["backend"], asked["spec"], 0)
    policy.load(unpack(artifacts.read(f"{folder}/policy.safetensors")), made["version"])
    if policy.content_hash.hex() != content_hash:
        raise BadSpec(f"The weights in {folder} are not those of {content_hash}.", todo="Submit the checkpoint anew.")
    return Loaded(policy, made["spec"]["games"])
