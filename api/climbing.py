"""The checkpoints of a training job with what became of each: one account, for the API and for the page alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.listing import labels
from api.standings import SETTLED_GAMES
from arena.ratings.elo import MICRO
from arena.store import training

CHECKPOINT: dict[str, Any] = {
    "update": 500, "folder": "jobs/01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d/checkpoints/00000500-1",
    "created_at": "2026-01-05T10:00:00Z", "version_id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3e", "player": "kuhn@2",
    "ratings": [{"ladder": "kuhn_poker/open", "elo": 1541.2, "games": 64, "provisional": False}],
}  # fmt: skip


class Rating(BaseModel):
    """Where a player version stands on a ladder."""

    ladder: str
    elo: float
    games: int
    provisional: bool = Field(description="Fewer than 40 games.")


class Checkpoint(BaseModel):
    """Weights that were kept. `version_id` and `player` are null for one that was not submitted to be rated.

    `folder` is in the artifact store; it holds `policy.safetensors` and `manifest.json`.
    """

    model_config = ConfigDict(json_schema_extra={"example": CHECKPOINT})

    update: int
    folder: str
    created_at: datetime
    version_id: str | None
    player: str | None
    ratings: list[Rating]


def climbing(connection: Connection, made: Sequence[Any]) -> list[Checkpoint]:
    """Rows of a job's checkpoints, as people read them."""
    ids = [one.version_id for one in made if one.version_id]
    names = labels(connection, ids)
    stands: dict[UUID, list[Rating]] = {}
    for row in training.ratings(connection, ids):
        rating = Rating(
            ladder=row.ladder, elo=row.elo / MICRO, games=row.games, provisional=row.games < SETTLED_GAMES
        )  # fmt: skip
        stands.setdefault(row.version_id, []).append(rating)
    return [
        Checkpoint(
            update=one.step, folder=one.folder, created_at=one.created_at, player=names.get(one.version_id),
            version_id=str(one.version_id) if one.version_id else None, ratings=stands.get(one.version_id, []),
        )
        for one in made
    ]  # fmt: skip
