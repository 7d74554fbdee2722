"""Players and their versions: list them, look at one, submit one."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Submitter
from api.context import Reach, Transaction
from api.paging import Pager, by_name
from api.problems import responses
from arena.core.agents import KINDS
from arena.core.errors import NotAllowed, UnknownPlayer
from arena.flow.submit import Submission, for_anyone, games_of, submit
from arena.store import audit, players
from arena.store.players import Version

router = APIRouter(prefix="/api/v1/players", tags=["players"])

EXAMPLE: dict[str, Any] = {"name": "deep-thought", "kind": "mcts", "spec": {"simulations": 200}, "league": "open"}


class VersionInfo(BaseModel):
    """A player version. `spec` is told of the arena's own players only: others' may name private places."""

    id: str
    label: str
    number: int
    kind: str
    league: str
    games: list[str]
    status: str
    spec: dict[str, Any] | None


class PlayerInfo(BaseModel):
    """A player with its versions, oldest first."""

    name: str
    owner: str
    is_arena: bool
    versions: list[VersionInfo]


class NewPlayer(BaseModel):
    """What somebody wants rated. Without `games` it plays every game its kind can."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    kind: Annotated[str, Field(max_length=64)]
    spec: dict[str, Any] = {}
    league: Annotated[str, Field(pattern="^open$")] = "open"
    games: Annotated[list[str], Field(max_length=100)] = []
    secrets: Annotated[dict[str, str | None], Field(max_length=20, json_schema_extra={"writeOnly": True})] = {}
    """What its kind keeps in confidence, sealed and never told again. null takes one back; left out, it stays."""


class Submitted(BaseModel):
    """The version that will play."""

    version_id: str
    player: str


@router.get("", summary="List the players", responses=responses(422))
def list_players(
    connection: Transaction, pager: Annotated[Pager[str], Depends(by_name(200, 1000))]
) -> list[PlayerInfo]:
    """Every player, by name."""
    names = pager.cut(players.names(connection, pager.cursor, pager.more), str)
    return _grouped(players.versions(connection, names=names))


@router.post("", summary="Submit a player", status_code=201, responses=responses(401, 403, 409, 422))
def submit_player(
    reach: Reach, connection: Transaction, caller: Submitter, new: NewPlayer, response: Response
) -> Submitted:
    """Store an immutable version. Submitting the same spec again gives the version there is, with what is told in
    `secrets` replaced. A new version keeps the secrets of the last one as long as it goes to the same URLs.

    Kinds that work on the arena's own machines are for keys with the scope `admin`.
    """
    if not caller.is_admin and not for_anyone(new.kind):
        what = f"Players of kind {new.kind!r} work on the arena's own machines: only an admin submits them."
        raise NotAllowed(what, todo=f"Submit one of: {', '.join(filter(for_anyone, KINDS.names())) or 'none yet'}.")
    wanted = Submission(new.name, new.kind, new.spec, new.league, tuple(new.games), new.secrets)
    version_id = submit(connection, caller.owner_id, wanted, reach.settings)
    detail = {"version_id": str(version_id), "kind": new.kind, "secrets": sorted(new.secrets)}
    audit.note(connection, "player.submitted", new.name, detail, owner_id=caller.owner_id, key_id=caller.key_id)
    response.headers["Location"] = f"{router.prefix}/{new.name}"
    return Submitted(version_id=str(version_id), player=new.name)


@router.get("/{name}", summary="One player", responses=responses(404))
def one_player(connection: Transaction, name: str) -> PlayerInfo:
    """A player with all of its versions."""
    found = _grouped(players.versions(connection, player=name))
    if not found:
        raise UnknownPlayer(f"There is no player named {name!r}.", todo="List them with GET /api/v1/players.")
    return found[0]


def _grouped(versions: list[Version]) -> list[PlayerInfo]:
    found: dict[str, PlayerInfo] = {}
    for v in versions:
        player = found.setdefault(v.player, PlayerInfo(name=v.player, owner=v.owner, is_arena=v.is_arena, versions=[]))
        player.versions.append(
            VersionInfo(
                id=str(v.id), label=v.label, number=v.number, kind=v.kind, league=v.league,
                games=games_of(v.kind, v.games), status=v.status, spec=v.spec if v.is_arena else None,
            )
        )  # fmt: skip
    return list(found.values())
