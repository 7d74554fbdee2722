"""API keys: make one, list them, rotate, revoke. A key is shown once, when it is made."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.auth import Caller, Holder
from api.context import Transaction
from api.paging import Pager, oldest_first
from api.problems import responses
from arena.core.errors import LastAdmin, NotAllowed, UnknownKey, UnknownOwner
from arena.store import audit, keys, players
from arena.store.keys import Key

router = APIRouter(prefix="/api/v1/keys", tags=["keys"])

Scope = Literal["read", "submit", "train", "moderate", "admin"]
EXAMPLE: dict[str, Any] = {"owner": "ada", "name": "laptop", "scopes": ["submit", "train"], "days": 90}


class KeyInfo(BaseModel):
    """A key, without what would let somebody use it."""

    id: str
    owner: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


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


@router.post("", summary="Make a key", status_code=201, responses=responses(401, 403, 404, 422))
def make_key(connection: Transaction, caller: Holder, new: NewKey, response: Response) -> MadeKey:
    """A key with no scope that the caller's own lacks. For others, only with the scope `admin`."""
    owner_id = _owner(connection, caller, new.owner)
    lacking = [scope for scope in new.scopes if not caller.may(scope)]
    if lacking:
        raise NotAllowed(f"Your key lacks {', '.join(lacking)}.", todo="Ask for scopes that it has.")
    response.headers["Cache-Control"] = "no-store"
    return _make(connection, caller, owner_id, sorted(set(new.scopes)), new.name, new.days)


@router.post("/{key_id}/rotate", summary="Rotate a key", status_code=201, responses=responses(401, 403, 404, 409, 422))
def rotate_key(connection: Transaction, caller: Holder, key_id: UUID, response: Response) -> MadeKey:
    """A new key in place of one that ends now: same owner, name, scopes and end."""
    old = _usable(connection, caller, key_id)
    left = None if old.expires_at is None else (old.expires_at - datetime.now(old.expires_at.tzinfo)).total_seconds()
    made = _make(connection, caller, old.owner_id, old.scopes, old.name, None if left is None else left / 86_400)
    _revoke(connection, caller, old)
    response.headers["Cache-Control"] = "no-store"
    return made


@router.delete("/{key_id}", summary="Revoke a key", status_code=204, responses=responses(401, 403, 404, 409, 422))
def revoke_key(connection: Transaction, caller: Holder, key_id: UUID) -> None:
    """It opens nothing from now on. Revoking it again changes nothing; the last key that may administer stays."""
    found = _visible(connection, caller, key_id)
    if found.revoked_at is None:
        if "admin" in found.scopes and keys.admins(connection) <= 1:
            raise LastAdmin("This is the last key with the scope admin.", todo="Make another one first, or rotate it.")
        _revoke(connection, caller, found)


def _owner(connection: Connection, caller: Caller, name: str | None) -> UUID:
    if name is None:
        return caller.owner_id
    found = players.owner_id(connection, name)
    if found != caller.owner_id and not caller.is_admin:
        raise NotAllowed("Only an admin makes keys for others.", todo="Leave out `owner`.")
    if found is None:
        raise UnknownOwner(f"There is no owner {name!r}.", todo="Make one with POST /api/v1/owners.")
    return found


def _visible(connection: Connection, caller: Caller, key_id: UUID) -> Key:
    found = keys.listed(connection, None if caller.is_admin else caller.owner_id, key_id)
    if not found:
        raise UnknownKey(f"You have no key {key_id}.", todo="List yours with GET /api/v1/keys.")
    return found[0]


def _usable(connection: Connection, caller: Caller, key_id: UUID) -> Key:
    """A key that may be rotated: it opens something now, and no more than the caller's own key does."""
    found = _visible(connection, caller, key_id)
    over = found.expires_at is not None and found.expires_at <= datetime.now(found.expires_at.tzinfo)
    if found.revoked_at is not None or over:
        raise UnknownKey(f"The key {key_id} is revoked or over.", todo="Make a new one with POST /api/v1/keys.")
    if any(not caller.may(scope) for scope in found.scopes):
        raise NotAllowed("That key allows more than yours.", todo="Rotate it with a key that has its scopes.")
    return found


def _make(
    connection: Connection, caller: Caller, owner_id: UUID, scopes: list[str], name: str, days: float | None
) -> MadeKey:
    key_id, key = keys.made(connection, owner_id, scopes, name, days)
    found = keys.listed(connection, key_id=key_id)[0]
    detail = {"owner": found.owner, "name": name, "scopes": scopes}
    audit.note(connection, "key.made", str(key_id), detail, owner_id=caller.owner_id, key_id=caller.key_id)
    return MadeKey(**_told(found), key=key)


def _revoke(connection: Connection, caller: Caller, key: Key) -> None:
    keys.revoke(connection, key.id)
    detail = {"owner": key.owner, "name": key.name}
    audit.note(connection, "key.revoked", str(key.id), detail, owner_id=caller.owner_id, key_id=caller.key_id)


def _told(key: Key) -> dict[str, Any]:
    return {
        "id": str(key.id), "owner": key.owner, "name": key.name, "scopes": key.scopes, "created_at": key.created_at,
        "expires_at": key.expires_at, "revoked_at": key.revoked_at,
    }  # fmt: skip
