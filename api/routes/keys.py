"""API keys: make one, list them, rotate, revoke. A key is shown once, when it is made."""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.auth import ADMIN, Caller, Holder
from api.context import Transaction
from api.paging import Pager, oldest_first
from api.problems import responses
from arena.core.errors import LastAdmin, NotAllowed, NotAuthenticated, TooManyKeys, UnknownKey, UnknownOwner
from arena.store import audit, keys, lineage, players
from arena.store.keys import Key

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])

Scope = Literal["read", "submit", "train", "moderate", "admin"]
EXAMPLE: dict[str, Any] = {"owner": "ada", "name": "laptop", "scopes": ["submit", "train"], "days": 90}


LAST = (
    "If somebody else may know it, remove `admin.key` from the arena's home, run `arena init` (or start the arena "
    "anew), and revoke it with the key that this makes. Only if nobody does, rotate it with itself first."
)


class KeyInfo(BaseModel):
    """A key, without what would let somebody use it."""

    id: str
    owner: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    made_by: str | None
    """The key that it was made with: it is revoked together with that one."""
    replaces: str | None
    """The key that it was made in place of, which does not take it along."""


class Revoked(BaseModel):
    """What opens nothing any more."""

    revoked: list[KeyInfo]
    """The key, and those that were made with it."""
    replaced_by: list[str]
    """What it was rotated to, and that in turn, and still opens something: if the key leaked, revoke these too."""


class NewKey(BaseModel):
    """What a key is to allow. It is the caller's own unless `owner` says whose, and ends only if `days` says when."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    owner: Annotated[str | None, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = None
    name: Annotated[str, Field(max_length=64, pattern=r"^[ -~]*$")] = ""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=5)]
    days: Annotated[float | None, Field(gt=0, le=36_500)] = None


class MadeKey(KeyInfo):
    """A key that was just made. `key` is told this once."""

    key: str


@router.get("", summary="List keys", responses=responses(401, 403, 422))
def list_keys(
    connection: Transaction, caller: Holder, pager: Annotated[Pager[UUID], Depends(oldest_first(200, 1000))]
) -> list[KeyInfo]:
    """One's own keys, revoked ones too, oldest first; with the scope `admin`, everybody's."""
    owner = None if caller.is_admin else caller.owner_id
    found = keys.listed(connection, owner, after=pager.cursor, limit=pager.more)
    return [KeyInfo(**_told(key)) for key in pager.cut(found, lambda key: key.id)]


def changing(connection: Transaction, caller: Holder) -> Caller:
    """The caller, who changes keys alone until the end, and whose own was not revoked while that was waited for."""
    lineage.hold(connection)
    if not keys.usable(connection, [caller.key_id]):
        raise NotAuthenticated("The API key was revoked, or is over.", todo="Send `Authorization: Bearer KEY`.")
    return caller


Changer = Annotated[Caller, Depends(changing)]


@router.post("", summary="Make a key", status_code=201, responses=responses(401, 403, 404, 409, 422))
def make_key(connection: Transaction, caller: Changer, new: NewKey, response: Response) -> MadeKey:
    """A key with no scope that the caller's own lacks, and no later end. For others, only with the scope `admin`.

    An admin's key for somebody else may outlast the admin's own, unless it may administer too. It is revoked with it.
    """
    owner_id = _owner(connection, caller, new.owner)
    lacking = [scope for scope in new.scopes if not caller.may(scope)]
    if lacking:
        raise NotAllowed(f"Your key lacks {', '.join(lacking)}.", todo="Ask for scopes that it has.")
    response.headers["Cache-Control"] = "no-store"
    _check_room(connection, owner_id)
    until = keys.ending(connection, new.days, _end(connection, caller, owner_id, new.scopes))
    key = keys.made(connection, owner_id, sorted(set(new.scopes)), new.name, until=until, made_by=caller.key_id)
    return _made(connection, caller, *key)


@router.post("/{key_id}/rotate", summary="Rotate a key", status_code=201, responses=responses(401, 403, 404, 409, 422))
def rotate_key(connection: Transaction, caller: Changer, key_id: UUID, response: Response) -> MadeKey:
    """A new key in place of one that ends in ten minutes: same owner, name, scopes and end, but as for a new one.

    Until then the old one opens what it did, and may be rotated again: an answer that is lost locks nobody out. Done
    with itself or with what it comes from, what was made with it goes with the new one from now on. Done with another
    key, the new one goes with that. Revoke what somebody else may know.
    """
    old = _usable(connection, caller, key_id)
    _check_room(connection, old.owner_id)
    ends = _first_end(connection, old)
    if old.id != caller.key_id:
        ends = min((end for end in (ends, _end(connection, caller, old.owner_id, old.scopes)) if end), default=None)
    new_id, key = keys.made(connection, old.owner_id, old.scopes, old.name, until=ends)
    lineage.follow(connection, old.id, new_id, caller.key_id)
    made = _made(connection, caller, new_id, key)
    keys.replaced(connection, old.id)
    _note(connection, caller, "key.rotated", old, by=made.id)
    response.headers["Cache-Control"] = "no-store"
    return made


@router.delete("/{key_id}", summary="Revoke a key", responses=responses(401, 403, 404, 409, 422))
def revoke_key(connection: Transaction, caller: Changer, key_id: UUID) -> Revoked:
    """It opens nothing from now on, nor does what was made with it, if it allowed no more than the caller's own.

    What it was rotated to stays, and so does what went over to that; `replaced_by` tells which. Revoking it again
    changes nothing; of the keys that may administer one stays.
    """
    found = _visible(connection, caller, key_id)
    _check_scopes(caller, found)
    ending = [key for key in keys.listed(connection, ids=lineage.below(connection, key_id)) if key.revoked_at is None]
    ids = [key.id for key in ending]
    if any(ADMIN in key.scopes for key in ending) and not keys.admins(connection, besides=ids):
        what = "No key with the scope admin would be left: those that were made with this one go with it."
        raise LastAdmin(what, todo=LAST)
    keys.revoke(connection, ids)
    with_it = {key.id: {} if key.id == key_id else {"made_with": str(key_id)} for key in ending}
    details = {str(key.id): {"owner": key.owner, "name": key.name, **with_it[key.id]} for key in ending}
    audit.note_all(connection, "key.revoked", details, owner_id=caller.owner_id, key_id=caller.key_id)
    left = keys.usable(connection, lineage.successors(connection, key_id))
    told = [KeyInfo(**_told(key)) for key in keys.listed(connection, ids=ids)]
    return Revoked(revoked=told, replaced_by=sorted(str(key) for key in left))


def _owner(connection: Connection, caller: Caller, name: str | None) -> UUID:
    if name is None:
        return caller.owner_id
    found = players.owner_id(connection, name)
    if found != caller.owner_id and not caller.is_admin:
        raise NotAllowed("Only an admin makes keys for others.", todo="Leave out `owner`.")
    if found is None:
        raise UnknownOwner(f"There is no owner {name!r}.", todo="Make one with POST /api/v1/owners.")
    return found


def _check_room(connection: Connection, owner_id: UUID) -> None:
    if keys.open_of(connection, owner_id) >= keys.MOST:
        what = f"The owner has {keys.MOST} keys that are neither revoked nor over."
        raise TooManyKeys(what, todo="Revoke one that nobody needs.")


def _visible(connection: Connection, caller: Caller, key_id: UUID) -> Key:
    found = keys.listed(connection, None if caller.is_admin else caller.owner_id, [key_id])
    if not found:
        raise UnknownKey(f"You have no key {key_id}.", todo="List yours with GET /api/v1/keys.")
    return found[0]


def _usable(connection: Connection, caller: Caller, key_id: UUID) -> Key:
    """A key that may be rotated: it opens something now, and no more than the caller's own key does."""
    found = _visible(connection, caller, key_id)
    over = found.expires_at is not None and found.expires_at <= datetime.now(found.expires_at.tzinfo)
    if found.revoked_at is not None or over:
        raise UnknownKey(f"The key {key_id} is revoked or over.", todo="Make a new one with POST /api/v1/keys.")
    _check_scopes(caller, found)
    return found


def _check_scopes(caller: Caller, key: Key) -> None:
    if any(not caller.may(scope) for scope in key.scopes):
        raise NotAllowed("That key allows more than yours.", todo="Do it with a key that has its scopes.")


def _end(connection: Connection, caller: Caller, owner_id: UUID, scopes: Collection[str]) -> datetime | None:
    """When a key made by this caller ends at the latest: else one that ends would make itself endless."""
    if owner_id != caller.owner_id and ADMIN not in scopes:
        return None
    return keys.listed(connection, ids=[caller.key_id])[0].expires_at


def _first_end(connection: Connection, key: Key) -> datetime | None:
    """When a key was to end before it was rotated: what replaces it once more is not to end with its grace.

    No rotation ends later than what it replaces, and grace shortens only what was replaced: the latest of all is it.
    """
    later = keys.listed(connection, ids=lineage.successors(connection, key.id))
    ends = [one.expires_at for one in later] or [key.expires_at]
    return None if None in ends else max(end for end in ends if end is not None)


def _made(connection: Connection, caller: Caller, key_id: UUID, key: str) -> MadeKey:
    found = keys.listed(connection, ids=[key_id])[0]
    _note(connection, caller, "key.made", found, scopes=found.scopes)
    return MadeKey(**_told(found), key=key)


def _note(connection: Connection, caller: Caller, action: str, key: Key, **more: object) -> None:
    detail = {"owner": key.owner, "name": key.name, **more}
    audit.note(connection, action, str(key.id), detail, owner_id=caller.owner_id, key_id=caller.key_id)


def _told(key: Key) -> dict[str, Any]:
    return {
        "id": str(key.id), "owner": key.owner, "name": key.name, "scopes": key.scopes, "created_at": key.created_at,
        "expires_at": key.expires_at, "revoked_at": key.revoked_at,
        "made_by": str(key.made_by) if key.made_by else None,
        "replaces": str(key.replaces) if key.replaces else None,
    }  # fmt: skip
