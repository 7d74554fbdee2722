"""Players and their versions: list them, look at one, submit one."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from api.auth import Anyone, Caller, Holder, Submitter
from api.context import Context, Reach, Transaction
from api.paging import Pager, by_name
from api.problems import responses
from api.roster import PlayerInfo, grouped, known, one
from api.standings import check_league
from arena.core.agents import KINDS
from arena.core.errors import NotAllowed
from arena.flow.submit import Submission, able, for_anyone, submit
from arena.flow.withdraw import ASKED, pause, resume, retire
from arena.store import audit, players
from arena.store.lives import Status
from arena.store.players import Only

router = APIRouter(prefix="/api/v1/players", tags=["players"])

EXAMPLE: dict[str, Any] = {"name": "deep-thought", "kind": "mcts", "spec": {"simulations": 200}}


class NewPlayer(BaseModel):
    """What somebody wants rated. Without `games` it plays every game its kind can."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    kind: Annotated[str, Field(max_length=64)]
    spec: dict[str, Any] = {}
    league: Annotated[str, Field(pattern="^(open|bare)?$", description="Its kind's, which need not be named.")] = ""
    games: Annotated[list[str], Field(max_length=100, description="Where it plays; empty: wherever its kind can.")] = []
    secrets: Annotated[dict[str, str | None], Field(max_length=20, json_schema_extra={"writeOnly": True})] = {}
    """What its kind keeps in confidence, sealed and never told again. null takes one back; left out, it stays."""


class Submitted(BaseModel):
    """The version that will play: when it is `active`, or once it is."""

    version_id: str
    player: str
    status: str


class Withdrawn(BaseModel):
    """Why, for those who read the player's history."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "My laptop sleeps."}})

    # It is drawn on others' terminals: what would steer one has no place in it.
    reason: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")] = ASKED


AS_ASKED = Withdrawn()


def wanted(
    status: Annotated[Status | None, Query(description="Only those of whom a version is this.")] = None,
    kind: Annotated[str | None, Query(max_length=64, description="Only of this kind.")] = None,
    owner: Annotated[str | None, Query(max_length=200, description="Only of the owner of this name.")] = None,
    game: Annotated[str | None, Query(max_length=200, description="Only those that play this game.")] = None,
    league: Annotated[str | None, Query(max_length=64, description="Only in this league.")] = None,
) -> Only:
    """Which players a request wants. Raises `UnknownKind`, `UnknownGame`, `BadRequest`.

    All of it is in what anybody is told of a player. Whether there is an owner of a name is not: who has no players
    is as nobody.
    """
    if kind is not None:
        KINDS.literal(kind, "KIND")
    if league is not None:
        check_league(league)
    kinds = () if game is None else able(game)
    return Only(status=status, kind=kind, owner=owner, game=game, able=kinds, league=league)


@router.get("", summary="List the players", responses=responses(404, 422))
def list_players(
    connection: Transaction,
    caller: Anyone,
    pager: Annotated[Pager[str], Depends(by_name(200, 1000))],
    only: Annotated[Only, Depends(wanted)],
) -> list[PlayerInfo]:
    """Players by name, with all of their versions. One version must be all that is asked for: the newest, or the one
    that plays or is paused.
    """
    names = pager.cut(players.names(connection, pager.cursor, pager.more, only), str)
    return grouped(players.versions(connection, names=names), caller)


@router.post("", summary="Submit a player", status_code=201, responses=responses(401, 403, 404, 409, 422))
def submit_player(
    reach: Reach, connection: Transaction, caller: Submitter, new: NewPlayer, response: Response
) -> Submitted:
    """Store an immutable version. Submitting the same spec again gives the version there is, with what is told in
    `secrets` replaced. A new version keeps the secrets of the last one as long as it goes to the same URLs.

    What is not the arena's own code (an endpoint, a bot, uploaded weights) first plays a few matches, to show that it
    is there and knows the rules: it goes from `validating` to `qualifying` and is then `active`, or `rejected` with the
    reason and the matches. A rejected one may be submitted again once what was wrong is mended.
    Kinds that work on the arena's own machines are for keys with the scope `admin`.
    """
    if not caller.is_admin and not for_anyone(new.kind):
        what = f"Players of kind {new.kind!r} work on the arena's own machines: only an admin submits them."
        raise NotAllowed(what, todo=f"Submit one of: {', '.join(filter(for_anyone, KINDS.names())) or 'none yet'}.")
    wanted = Submission(new.name, new.kind, new.spec, new.league, tuple(new.games), new.secrets)
    version_id = submit(connection, caller.owner_id, wanted, reach.settings, anybodys=caller.is_admin)
    detail = {"version_id": str(version_id), "kind": new.kind, "secrets": sorted(new.secrets)}
    audit.note(connection, "player.submitted", new.name, detail, owner_id=caller.owner_id, key_id=caller.key_id)
    response.headers["Location"] = f"{router.prefix}/{new.name}"
    (version,) = players.versions(connection, ids=[version_id])
    return Submitted(version_id=str(version_id), player=new.name, status=version.status)


@router.get("/{name}", summary="One player", responses=responses(404))
def one_player(connection: Transaction, reach: Reach, caller: Anyone, name: str) -> PlayerInfo:
    """A player with all of its versions, what became of each, and what it waits for."""
    return one(connection, reach.redis, caller, known(connection, name))


@router.post("/{name}/pause", summary="Pause a player", responses=responses(401, 403, 404, 409, 422))
def pause_player(
    connection: Transaction, reach: Reach, caller: Holder, name: str, why: Withdrawn = AS_ASKED
) -> PlayerInfo:
    """No more matches are made for it until it is resumed. Those already made are still played."""
    return _withdrawn(connection, reach, caller, name, pause, why)


@router.post("/{name}/resume", summary="Resume a player", responses=responses(401, 403, 404, 409, 422))
def resume_player(
    connection: Transaction, reach: Reach, caller: Holder, name: str, why: Withdrawn = AS_ASKED
) -> PlayerInfo:
    """Let a paused player go on."""
    return _withdrawn(connection, reach, caller, name, resume, why)


@router.post("/{name}/retire", summary="Retire a player", responses=responses(401, 403, 404, 409, 422))
def retire_player(
    connection: Transaction, reach: Reach, caller: Holder, name: str, why: Withdrawn = AS_ASKED
) -> PlayerInfo:
    """End a player; its results stay. Submitting it again brings it back."""
    return _withdrawn(connection, reach, caller, name, retire, why)


def _withdrawn(
    connection: Connection, reach: Context, caller: Caller, name: str, verb: Callable[..., UUID], why: Withdrawn
) -> PlayerInfo:
    """For a player's owner with the scope `submit`, and for whoever moderates."""
    holder = players.holder(connection, name)
    if holder is not None and not caller.may("moderate") and not (holder == caller.owner_id and caller.may("submit")):
        what = f"{name} is not yours, or your key lacks the scope 'submit'."
        raise NotAllowed(what, todo="Use a key of its owner, or one with the scope 'moderate'.")
    moderator = caller.may("moderate") and holder != caller.owner_id
    version_id = verb(connection, name, why.reason, moderator=moderator)
    detail = {"version_id": str(version_id), "reason": why.reason}
    action = f"player.{verb.__name__}"
    audit.note(connection, action, name, detail, owner_id=caller.owner_id, key_id=caller.key_id)
    return one(connection, reach.redis, caller, known(connection, name))
