"""Owners: the accounts that players, keys and jobs belong to. An admin makes them, and gives them keys."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Admin, Holder
from api.context import Transaction
from api.paging import Pager, by_name
from api.problems import responses
from arena.core.errors import NameTaken
from arena.store import audit, players

router = APIRouter(prefix="/api/v1/owners", tags=["keys"])

EXAMPLE: dict[str, Any] = {"name": "ada"}


class OwnerInfo(BaseModel):
    """An account."""

    name: str
    is_arena: bool
    created_at: datetime


class NewOwner(BaseModel):
    """The account that is wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]


@router.get("", summary="List owners", responses=responses(401, 403, 422))
def list_owners(
    connection: Transaction, _: Admin, pager: Annotated[Pager[str], Depends(by_name(200, 1000))]
) -> list[OwnerInfo]:
    """Every account, by name."""
    found = players.owners(connection, after=pager.cursor, limit=pager.more)
    return [OwnerInfo(**one) for one in pager.cut(found, lambda one: one["name"])]


@router.get("/me", summary="Who am I?", responses=responses(401))
def myself(connection: Transaction, caller: Holder) -> OwnerInfo:
    """The account of the key."""
    return next(OwnerInfo(**found) for found in players.owners(connection, caller.owner_id))


@router.post("", summary="Make an owner", status_code=201, responses=responses(401, 403, 409, 422))
def make_owner(connection: Transaction, caller: Admin, new: NewOwner) -> OwnerInfo:
    """An account without keys: give it one with POST /api/v1/keys."""
    if players.owner_id(connection, new.name) is not None:
        raise NameTaken(f"There is an owner {new.name!r} already.", todo="Choose another name.")
    owner_id = players.owner(connection, new.name)
    audit.note(connection, "owner.made", new.name, owner_id=caller.owner_id, key_id=caller.key_id)
    return next(OwnerInfo(**found) for found in players.owners(connection, owner_id))
