"""Players as people read of them: for the API and for the pages alike, and to each what concerns him."""

from collections.abc import Set
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import redis
from pydantic import BaseModel
from sqlalchemy import Connection

from api.callers import Caller
from arena.core.errors import UnknownPlayer
from arena.flow.submit import games_of
from arena.flow.waiting import connects, waits_for
from arena.store import lives, players
from arena.store.players import Version
from arena.stream.presence import present


class Change(BaseModel):
    """A change of a version's status: since when, and why. `matches` are those that it was judged by.

    Where `secrets` of these names were told anew, or taken back, the status stayed. Only who sees the spec is told.
    """

    at: datetime
    status: str
    reason: str
    matches: list[str] = []
    secrets: list[str] = []


class VersionInfo(BaseModel):
    """A player version. `spec` is told of the arena's own players, and else to their owner only.

    `status` is validating, qualifying, active, paused, rejected or retired. `history` is told of one player only; of a
    version that was active from its start it is empty. `waits_for` is what stands between it and its next match, if
    anything does; of one player only, too.
    """

    id: str
    label: str
    number: int
    kind: str
    league: str
    games: list[str]
    status: str
    spec: dict[str, Any] | None
    waits_for: str | None = None
    history: list[Change] = []


class PlayerInfo(BaseModel):
    """A player with its versions, oldest first."""

    name: str
    owner: str
    is_arena: bool
    versions: list[VersionInfo]


def check(connection: Connection, name: str) -> None:
    """Raises `UnknownPlayer`: nobody has that name. Reads less than `known`."""
    if players.holder(connection, name) is None:
        raise _unknown(name)


def known(connection: Connection, name: str) -> list[Version]:
    """The versions of a player. Raises `UnknownPlayer`: there is none."""
    found = players.versions(connection, player=name)
    if not found:
        raise _unknown(name)
    return found


def _unknown(name: str) -> UnknownPlayer:
    return UnknownPlayer(f"There is no player named {name!r}.", todo="List them with GET /api/v1/players.")


def one(connection: Connection, client: redis.Redis, caller: Caller | None, versions: list[Version]) -> PlayerInfo:
    """A player with all of its versions, what became of each, and what it waits for."""
    (found,) = grouped(versions, caller)
    histories = lives.history(connection, [v.id for v in versions])
    there = _present(client, versions)
    for told, version in zip(found.versions, versions, strict=True):
        sees = _sees(caller, version)
        told.waits_for = waits_for(connection, version, there)
        told.history = [_change(e) for e in histories[version.id] if sees or lives.SECRETS not in e.detail]
    return found


def _present(client: redis.Redis, versions: list[Version]) -> Set[UUID] | None:
    """Who is connected, as far as it matters. Without Redis all the rest can be told."""
    if not any(connects(v) for v in versions):
        return set()
    with suppress(redis.RedisError):
        return present(client)
    return None


def _change(event: lives.Event) -> Change:
    detail = event.detail
    return Change(
        at=event.at, status=event.status, reason=event.reason, matches=detail.get("matches", []),
        secrets=detail.get(lives.SECRETS, []),
    )  # fmt: skip


def grouped(versions: list[Version], caller: Caller | None) -> list[PlayerInfo]:
    """Players with their versions, in the order of these."""
    found: dict[str, PlayerInfo] = {}
    for v in versions:
        player = found.setdefault(v.player, PlayerInfo(name=v.player, owner=v.owner, is_arena=v.is_arena, versions=[]))
        player.versions.append(
            VersionInfo(
                id=str(v.id), label=v.label, number=v.number, kind=v.kind, league=v.league,
                games=games_of(v.kind, v.games), status=v.status,
                spec=v.spec if _sees(caller, v) else None,
            )
        )  # fmt: skip
    return list(found.values())


def _sees(caller: Caller | None, version: Version) -> bool:
    return version.is_arena or (caller is not None and (caller.is_admin or caller.owner_id == version.owner_id))
