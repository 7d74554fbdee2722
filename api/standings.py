"""A ladder as people read it: one list of rows, for the API and for the page alike."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from arena.core.errors import BadRequest, UnknownGame
from arena.core.nearest import unknown
from arena.flow.submit import LEAGUES
from arena.ratings.elo import MICRO
from arena.ratings.wilson import interval
from arena.store import ladders, players
from arena.store.players import Version
from games import catalog

SETTLED_GAMES = 40
"""Below it a rating is called provisional."""

ROW: dict[str, Any] = {
    "rank": 1, "player": "mcts-100", "version_id": "01936f6e-7c1f-7cc0-8a1c-5f0f4b1e2a3d", "kind": "mcts",
    "owner": "arena", "elo": 1611.4, "wins": 61, "draws": 12, "losses": 27, "games": 100, "score": 0.67,
    "low": 0.573, "high": 0.754, "provisional": False, "status": "active",
}  # fmt: skip


class Row(BaseModel):
    """One player version on a ladder. `low` and `high` bound the score per game: Wilson, 95 %, a draw counting half."""

    model_config = ConfigDict(json_schema_extra={"example": ROW})

    rank: int
    player: str
    version_id: str
    kind: str
    owner: str
    elo: float
    wins: int
    draws: int
    losses: int
    games: int
    score: float = Field(description="Points per game, a draw counting half.")
    low: float
    high: float
    provisional: bool = Field(description="Fewer than 40 games.")
    status: str = Field(description="Of the version: only `active` ones still play.")


def check_ladder(game: str, league: str) -> str:
    """The name of a ladder.

    Raises:
        UnknownGame, BadRequest: there is no such game or league.
    """
    if game not in catalog.laddered():
        raise unknown(UnknownGame, "rated game", game, catalog.laddered())
    check_league(league)
    return f"{game}/{league}"


def check_league(league: str) -> None:
    """Raises `BadRequest`: there is no such league."""
    if league not in LEAGUES:
        raise unknown(BadRequest, "league", league, LEAGUES)


def leagues(connection: Connection, game: str, league: str) -> list[str]:
    """The leagues in which somebody stands on a game's ladder, and this one."""
    taken = ladders.occupied(connection, [f"{game}/{name}" for name in LEAGUES])
    return [name for name in LEAGUES if name in (LEAGUES[0], league) or f"{game}/{name}" in taken]


def rows(connection: Connection, ladder: str) -> list[Row]:
    """A ladder's rows, best first; equal Elo shares a rank."""
    standings = ladders.standings(connection, ladder)
    known = {v.id: v for v in players.versions(connection, ids=[s.version_id for s in standings])}
    ahead: dict[int, int] = {}
    for place, standing in enumerate(standings, start=1):
        ahead.setdefault(standing.elo, place)
    return [
        _row(ahead[s.elo], known[s.version_id], s.elo / MICRO, (s.wins, s.draws, s.losses))
        for s in standings
        if s.version_id in known
    ]


def stands(connection: Connection, versions: Sequence[Version]) -> list[tuple[str, Row]]:
    """Where versions stand: (ladder, row), the newest version first."""
    found: dict[UUID, list[tuple[str, Row]]] = {v.id: [] for v in versions}
    known = {v.id: v for v in versions}
    for s in ladders.stands(connection, list(known)):
        row = _row(s.place, known[s.version_id], s.elo / MICRO, (s.wins, s.draws, s.losses))
        found[s.version_id].append((s.ladder, row))
    return [one for version in sorted(versions, key=lambda v: -v.number) for one in found[version.id]]


def _row(rank: int, version: Version, elo: float, record: tuple[int, int, int]) -> Row:
    wins, draws, losses = record
    games = sum(record)
    low, high = interval(wins, draws, losses)
    return Row(
        rank=rank, player=version.label, version_id=str(version.id), kind=version.kind, owner=version.owner, elo=elo,
        wins=wins, draws=draws, losses=losses, games=games, score=(wins + draws / 2) / games if games else 0.0,
        low=low, high=high, provisional=games < SETTLED_GAMES, status=version.status,
    )  # fmt: skip


def trends(connection: Connection, ladder: str, points: int) -> dict[str, list[float]]:
    """The last ratings of every version on a ladder, oldest first."""
    found: dict[str, list[float]] = {}
    for event in ladders.history(connection, ladder, points):
        found.setdefault(str(event.version_id), []).append(event.elo / MICRO)
    return found
