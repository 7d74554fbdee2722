"""A match in a list, as people read it: one shape, for the API and for the pages alike."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from arena.core.brief import brief
from arena.core.errors import UnknownPlayer
from arena.store import players

WAITING = {"queued": "queued", "leased": "playing", "dead": "given_up"}

SUMMARY: dict[str, Any] = {
    "id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d", "game": "connect_four", "variant": "standard", "view": "prose",
    "league": "open", "purpose": "rated", "pair_id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3c", "status": "settled",
    "created_at": "2026-01-05T10:00:00Z", "settled_at": "2026-01-05T10:00:04Z", "void": None, "plies": 23,
    "seats": [
        {"seat": 0, "version_id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3e", "player": "mcts-100", "score": 1.0, "rank": 1,
         "stop": "win"},
        {"seat": 1, "version_id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3f", "player": "random", "score": -1.0, "rank": 2,
         "stop": "loss"},
    ],
}  # fmt: skip


class Seat(BaseModel):
    """Who sat where, and how it ended; score, rank and stop are null until the match is settled.

    `why` tells of one match only, once it is no longer sealed: a sentence on why this seat forfeited.
    """

    seat: int
    version_id: str
    player: str
    score: float | None = None
    rank: int | None = None
    stop: str | None = None
    why: str | None = None


class Summary(BaseModel):
    """A match, without its plies."""

    model_config = ConfigDict(json_schema_extra={"example": SUMMARY})

    id: str
    game: str
    variant: str
    view: str
    league: str
    purpose: str
    pair_id: str | None
    status: str
    """queued, playing, given_up, settled or void."""
    void: str | None
    created_at: datetime
    settled_at: datetime | None
    plies: int | None
    seats: list[Seat]


def summaries(connection: Connection, found: Sequence[dict[str, Any]]) -> list[Summary]:
    """Rows of `arena.store.matches` with the players' names."""
    names = labels(connection, (seat for match in found for seat in match["seats"]))
    return [Summary(**fields(match, names)) for match in found]


def sitting(connection: Connection, player: str) -> list[UUID]:
    """The versions that a filter names: a player's, or with `name@3` the one. Raises `UnknownPlayer`."""
    name, at, number = player.partition("@")
    versions = players.versions(connection, player=name)
    if not versions:
        raise UnknownPlayer(f"There is no player {player!r}.", todo="List them with GET /api/v1/players.")
    found = [v.id for v in versions if not at or str(v.number) == number]
    if not found:
        numbers = f"Versions are numbered from 1 to {max(v.number for v in versions)}, as in {name}@1."
        raise UnknownPlayer(f"{name} has no version {brief(number, 20)!r}.", todo=numbers)
    return found


def labels(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of player versions."""
    return {v.id: v.label for v in players.versions(connection, ids=list(set(ids)))}


def fields(match: dict[str, Any], names: dict[UUID, str]) -> dict[str, Any]:
    """The values of a `Summary`."""
    plain = ("game", "variant", "view", "league", "purpose", "void", "created_at", "settled_at", "plies")
    seats = [_seat(match, number, version_id, names) for number, version_id in enumerate(match["seats"])]
    pair = str(match["pair_id"]) if match["pair_id"] else None
    return {
        "id": str(match["id"]), "pair_id": pair, "status": _status(match), "seats": seats,
        **{name: match[name] for name in plain},
    }  # fmt: skip


def _seat(match: dict[str, Any], number: int, version_id: UUID, names: dict[UUID, str]) -> Seat:
    seat = Seat(seat=number, version_id=str(version_id), player=names.get(version_id, "?"))
    if match["settled_at"] is not None:
        seat.score, seat.rank, seat.stop = (match[k][number] for k in ("scores", "ranks", "stops"))
    return seat


def _status(match: dict[str, Any]) -> str:
    if match["void"] is not None:
        return "void"
    return "settled" if match["settled_at"] is not None else WAITING.get(match["queue"], "queued")
