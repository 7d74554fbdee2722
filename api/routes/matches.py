"""Matches: the newest, one with all that is known of it, and asking for one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Submitter
from api.context import Reach, Transaction
from api.details import Detail, detail, found
from api.filters import OnlyThese
from api.listing import Summary, summaries
from api.paging import Pager, newest_first
from api.problems import responses
from api.signer import signer
from api.tags import Fresh
from arena.core.errors import MatchSealed, TranscriptPruned
from arena.core.receipts import MatchReceipt
from arena.core.vault import vault
from arena.flow.ask import Wish, ask
from arena.store import audit, matches
from arena.stream.presence import present

router = APIRouter(prefix="/api/v1/matches", tags=["matches"])

EXAMPLE: dict[str, Any] = {"game": "connect_four", "players": ["mcts-100", "random"], "seed": 7}


class Page(BaseModel):
    """Some matches, newest first. `next` is the `before` of the next page; null on the last."""

    matches: list[Summary]
    next: str | None


class Asked(BaseModel):
    """The match that will be played."""

    id: str


class NewWish(BaseModel):
    """A match to be played now, unrated. `players` are names in the order of the seats, or a version: `name@3`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    game: Annotated[str, Field(max_length=200)]
    players: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=16)]
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    variant: Annotated[str, Field(max_length=64)] = "standard"
    view: Annotated[str, Field(max_length=64)] | None = None


@router.get("", summary="List matches", responses=responses(404, 422))
def list_matches(
    connection: Transaction,
    pager: Annotated[Pager[UUID], Depends(newest_first(50, 200))],
    only: OnlyThese,
) -> Page:
    """Matches in any state, newest first."""
    read = matches.recent(connection, only=only, before=pager.cursor, limit=pager.more)
    found = pager.cut(read, lambda row: row["id"])
    last = str(found[-1]["id"]) if len(read) > len(found) else None
    return Page(matches=summaries(connection, found), next=last)


class SignedMatch(BaseModel):
    """The arena's signature of a settled match: a JSON Web Signature, checked with GET /api/v1/receipts/keys."""

    receipt: str


@router.post("", summary="Ask for a match", status_code=202, responses=responses(401, 403, 404, 422, 429))
def ask_match(connection: Transaction, caller: Submitter, reach: Reach, wish: NewWish, response: Response) -> Asked:
    """Queue one unrated match ahead of the schedule. `Location` is where its result will be.

    One's own players and the arena's may be asked for; with the scope `admin`, everybody's.
    """
    wanted = Wish(wish.game, tuple(wish.players), wish.seed, wish.variant, wish.view)
    mine = None if caller.is_admin else caller.owner_id
    match_id = ask(connection, wanted, reach.settings.terms, owner_id=mine, present=present(reach.redis))
    detail = {"game": wish.game, "players": wish.players}
    audit.note(connection, "match.asked", str(match_id), detail, owner_id=caller.owner_id, key_id=caller.key_id)
    response.headers["Location"] = f"{router.prefix}/{match_id}"
    return Asked(id=str(match_id))


@router.get("/{match_id}", summary="One match", responses=responses(404, 410, 422))
def one_match(
    connection: Transaction,
    fresh: Fresh,
    match_id: UUID,
    views: Annotated[str | None, Query(description="Add each ply's position in this view.")] = None,
) -> Detail:
    """All that is known of it. Seed, nonce and transcript stay sealed until every leg of its pair is settled.

    Positions cannot be shown once its moves were pruned: leave `views` out for all the rest.
    """
    version = matches.version(connection, match_id)
    if version is not None:
        fresh.check(match_id, views, version)
    told = detail(connection, match_id, views)
    if views is not None and told.transcript_pruned:
        what = f"The moves of match {match_id} are no longer kept."
        raise TranscriptPruned(what, todo="Leave out `views`: its result and hashes still stand.")
    return told


@router.get("/{match_id}/receipt", summary="The arena's signature of a match", responses=responses(404, 409, 422))
def match_receipt(connection: Transaction, reach: Reach, match_id: UUID) -> SignedMatch:
    """A receipt over its seats, scores and hashes: whoever kept it can show later that the arena had said so.

    The evidence hash covers every raw reply and every clock of the match, as its host stamped them.
    """
    match = found(connection, match_id)
    if match["sealed"]:
        raise MatchSealed(f"Match {match_id} is not over, or a leg of its pair is not.", todo="Ask again when it is.")
    told = MatchReceipt(
        match=str(match_id), fence=match["result_fence"], seats=[str(seat) for seat in match["seats"]],
        scores=match["scores"], stops=match["stops"], game_hash=match["game_hash"].hex(),
        evidence_hash=match["evidence_hash"].hex(), host=match["host"], finished=match["finished_at"].isoformat(),
        settled=match["settled_at"].isoformat(),
    )  # fmt: skip
    return SignedMatch(receipt=signer(connection, vault(reach.settings)).sign(told))
