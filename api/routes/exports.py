"""Exports: settled matches as JSONL, games of chess as PGN. What is sealed is left out; what is void says so."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from starlette.responses import StreamingResponse

from api import details, exports, pgn
from api.context import Reach, Transaction
from api.filters import OnlyThese
from api.problems import responses
from api.tags import Fresh
from arena.core.errors import BadRequest, MatchSealed, TranscriptPruned
from arena.core.wire import unpack_report
from arena.store import exports as store
from arena.store import matches
from arena.store.exports import Wanted

router = APIRouter(prefix="/api/v1", tags=["exports"])


class Lines(StreamingResponse):
    """JSON, a value a line."""

    media_type = "application/jsonl"


class Pgn(Response):
    """Games of chess."""

    media_type = "application/vnd.chess-pgn"


def wanted(
    only: OnlyThese,
    since: Annotated[datetime | None, Query(description="Settled then or later; UTC unless it says otherwise.")] = None,
    until: Annotated[datetime | None, Query(description="Settled before.")] = None,
) -> Wanted:
    """Which matches a request wants, by when they were settled too. Raises `BadRequest`."""
    first, last = (t if t is None or t.tzinfo else t.replace(tzinfo=UTC) for t in (since, until))
    if first and last and last <= first:
        raise BadRequest("`until` is no later than `since`: nothing lies between them.", todo="Exchange them.")
    return Wanted(only, since=first, until=last)


Want = Annotated[Wanted, Depends(wanted)]
Encoding = Annotated[str, Header(alias="Accept-Encoding", description="`zstd` and `gzip` are known.")]


@router.get(
    "/exports/matches.jsonl", summary="Settled matches, one a line", response_class=Lines, responses=responses(404, 422)
)  # fmt: skip
def export_matches(reach: Reach, want: Want, accept_encoding: Encoding = "") -> StreamingResponse:
    """Oldest first, with seats, scores, stops, seed and actions. Streamed: as many as there are."""
    return exports.stream(reach, want, exports.line, accept_encoding, Lines.media_type)


@router.get(
    "/exports/games.pgn", summary="Settled games as PGN", response_class=Pgn, responses=responses(404, 422)
)  # fmt: skip
def export_games(reach: Reach, want: Want, accept_encoding: Encoding = "") -> StreamingResponse:
    """Of chess, unless another game is named. Oldest first; void ones, and those whose moves are no longer kept, are
    left out."""
    game = want.only.game or "chess"
    pgn.check(game)
    want = replace(want, only=replace(want.only, game=game))
    return exports.stream(reach, want, exports.game, accept_encoding, str(Pgn.media_type))


@router.get(
    "/matches/{match_id}/pgn", summary="One match as PGN", response_class=Pgn, responses=responses(404, 409, 410, 422)
)  # fmt: skip
def match_pgn(connection: Transaction, fresh: Fresh, match_id: UUID, response: Response) -> Response:
    """Of a game that has such a notation, once the match is settled and its seed is revealed."""
    found = details.found(connection, match_id)
    pgn.check(found["game"])
    if found["sealed"]:
        raise MatchSealed(f"Match {match_id} is not over, or a leg of its pair is not.", todo="Ask again later.")
    fresh.check("pgn", match_id, matches.version(connection, match_id))
    row = store.one(connection, match_id)
    if row.blob is None:
        raise TranscriptPruned(f"The moves of match {match_id} are no longer kept.", todo="Its result still stands.")
    text = pgn.pgn(row, unpack_report(row.blob), exports.named(connection, [row])[0])
    return Pgn(text, headers=dict(response.headers))
