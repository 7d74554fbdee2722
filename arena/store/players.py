"""Owners, players and their immutable versions."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, exists, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from arena.core.ids import new_id
from arena.store import lives
from arena.store.tables import Owner, Player, PlayerVersion


@dataclass(frozen=True, slots=True)
class Version:
    """A player version with the names around it."""

    id: UUID
    player: str
    number: int
    owner_id: UUID
    owner: str
    is_arena: bool
    kind: str
    spec: dict[str, Any]
    league: str
    games: list[str]
    """The games it chose; none means every game its kind can play."""
    status: str

    @property
    def label(self) -> str:
        """What people read, and may ask for: the player's name, with the version once there are several."""
        return self.player if self.number == 1 else f"{self.player}@{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which players of a listing: those of whom one version is all of this, and is the newest, or plays, or rests."""

    owner: str | None = None
    status: str | None = None
    kind: str | None = None
    league: str | None = None
    game: str | None = None
    able: Sequence[str] = ()
    """The kinds that can play the game: their versions play it unless they chose others."""


ALL = Only()


def spec_hash(values: dict[str, Any]) -> bytes:
    """SHA-256 of all that makes a version (kind, spec, league, games) in canonical JSON."""
    known = [values["kind"], values["spec"], values["league"], sorted(values["games"])]
    return hashlib.sha256(json.dumps(known, sort_keys=True, separators=(",", ":")).encode()).digest()


def _versions() -> Select[*tuple[Any, ...]]:
    return (
        select(
            PlayerVersion.id, Player.name.label("player"), PlayerVersion.number, Owner.id.label("owner_id"),
            Owner.name.label("owner"), Owner.is_arena, PlayerVersion.kind, PlayerVersion.spec, PlayerVersion.league,
            PlayerVersion.games, PlayerVersion.status,
        )
        .join(Player, Player.id == PlayerVersion.player_id)
        .join(Owner, Owner.id == Player.owner_id)
        .order_by(Player.name, PlayerVersion.number)
    )  # fmt: skip


def versions(
    connection: Connection, *, ids: list[UUID] | None = None, player: str | None = None, active: bool = False,
    names: Sequence[str] | None = None,
) -> list[Version]:  # fmt: skip
    """Player versions by name and number; `ids`, `player` or `names` pick some, `active` those to be scheduled."""
    query = _versions()
    if ids is not None:
        query = query.where(PlayerVersion.id.in_(ids))
    if player is not None:
        query = query.where(Player.name == player)
    if active:
        query = query.where(PlayerVersion.status == "active")
    if names is not None:
        query = query.where(Player.name.in_(names))
    return [Version(**row) for row in connection.execute(query).mappings()]


def names(connection: Connection, after: str | None, limit: int, only: Only = ALL) -> list[str]:
    """The players' names, in their order, after one."""
    query = select(Player.name).order_by(Player.name).limit(limit)
    if after is not None:
        query = query.where(Player.name > after)
    if only.owner is not None:
        query = query.where(Player.owner_id == select(Owner.id).where(Owner.name == only.owner).scalar_subquery())
    if (only.status, only.kind, only.league, only.game) != (None, None, None, None):
        query = query.where(_has(only))
    return list(connection.scalars(query))


def _has(only: Only) -> ColumnElement[bool]:
    """Whether a player has a version as it is wanted, which no newer one has taken the place of."""
    own, newer = PlayerVersion, aliased(PlayerVersion)
    newest = ~exists().where(newer.player_id == own.player_id, newer.number > own.number)
    wanted = [own.player_id == Player.id, or_(own.status.in_(lives.PLAYS), newest)]
    wanted += [
        column == value
        for column, value in ((own.status, only.status), (own.kind, only.kind), (own.league, only.league))
        if value is not None
    ]
    if only.game is not None:
        chose_none = func.cardinality(own.games) == 0
        wanted += [own.kind.in_(only.able), or_(chose_none, own.games.any_() == only.game)]
    # OFFSET keeps it beside each player: names are walked in their order until the page is full. As a join it is all
    # of the versions for every page, and PostgreSQL takes it for so dear that it compiles it first.
    return exists(select(own.id).where(*wanted).offset(0))


def latest(connection: Connection, player: str, number: int | None = None) -> Version | None:
    """The newest version of a player, or the one of that number."""
    query = _versions().where(Player.name == player).order_by(None).order_by(PlayerVersion.number.desc()).limit(1)
    if number is not None:
        query = query.where(PlayerVersion.number == number)
    row = connection.execute(query).mappings().one_or_none()
    return Version(**row) if row else None


def before(connection: Connection, version_id: UUID) -> Version | None:
    """The version of the same player that came before this one."""
    this = select(PlayerVersion.player_id, PlayerVersion.number).where(PlayerVersion.id == version_id).subquery()
    query = _versions().join(
        this, (PlayerVersion.player_id == this.c.player_id) & (PlayerVersion.number < this.c.number)
    )
    row = connection.execute(query.order_by(None).order_by(PlayerVersion.number.desc()).limit(1)).mappings().first()
    return Version(**row) if row else None


def owner(connection: Connection, name: str, *, is_arena: bool = False) -> UUID:
    """The id of the owner of that name, made when there is none."""
    new = (
        upsert(Owner).values(id=new_id(), name=name, is_arena=is_arena).on_conflict_do_nothing(index_elements=["name"])
    )
    connection.execute(new)
    return connection.scalars(select(Owner.id).where(Owner.name == name)).one()


def owners(
    connection: Connection, owner_id: UUID | None = None, *, after: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Every owner by name, or the one: `name`, `is_arena`, `created_at`. `after` a name, `limit` of them at most."""
    query = select(Owner.name, Owner.is_arena, Owner.created_at).order_by(Owner.name).limit(limit)
    if after is not None:
        query = query.where(Owner.name > after)
    if owner_id is not None:
        query = query.where(Owner.id == owner_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def owner_id(connection: Connection, name: str) -> UUID | None:
    """The id of an owner. The arena's own is different in every database: it tells them apart."""
    return connection.scalars(select(Owner.id).where(Owner.name == name)).one_or_none()


def hold_owner(connection: Connection, owner_id: UUID) -> None:
    """Lock an owner's row, so that of two that count what the owner has one waits for what the other adds."""
    connection.execute(select(Owner.id).where(Owner.id == owner_id).with_for_update(key_share=True))


def player(connection: Connection, name: str, owner_id: UUID) -> tuple[UUID, UUID]:
    """(player id, its owner's id) of the player of that name, made for `owner_id` when there is none. Locks the row."""
    new = (
        upsert(Player).values(id=new_id(), name=name, owner_id=owner_id).on_conflict_do_nothing(index_elements=["name"])
    )
    connection.execute(new)
    row = connection.execute(select(Player.id, Player.owner_id).where(Player.name == name).with_for_update()).one()
    return row.id, row.owner_id


def holder(connection: Connection, name: str) -> UUID | None:
    """The owner's id of the player of that name."""
    return connection.scalars(select(Player.owner_id).where(Player.name == name)).one_or_none()


def add_version(connection: Connection, player_id: UUID, values: dict[str, Any]) -> UUID:
    """Append the next version of a player. `values`: kind, spec, league, games, status."""
    highest = select(func.coalesce(func.max(PlayerVersion.number), 0)).where(PlayerVersion.player_id == player_id)
    number = connection.scalars(highest).one() + 1
    version_id = new_id()
    digest = spec_hash(values)
    row = {"id": version_id, "player_id": player_id, "number": number, "spec_hash": digest, **values}
    connection.execute(insert(PlayerVersion).values(row))
    return version_id


def same_version(connection: Connection, player_id: UUID, digest: bytes) -> UUID | None:
    """The newest version of the player if it already has this spec hash."""
    query = select(PlayerVersion.id, PlayerVersion.spec_hash).where(PlayerVersion.player_id == player_id)
    row = connection.execute(query.order_by(PlayerVersion.number.desc()).limit(1)).one_or_none()
    return row.id if row and row.spec_hash == digest else None
