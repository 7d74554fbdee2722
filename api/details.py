"""One match with all that may be told of it: sealed parts only once no other leg could profit from them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Connection

from api.listing import Summary, fields, labels
from api.transcripts import Transcript, transcript
from arena.core.errors import UnknownMatch
from arena.core.forfeits import why
from arena.core.wire import unpack_report
from arena.store import findings, matches
from games import catalog
from games.rules import Facts

View = str | Callable[[Facts], str] | None
"""A view's name, or how to choose one once the game is known."""


class Noticed(BaseModel):
    """Something the arena noticed about a match."""

    kind: str
    detail: dict[str, Any]
    created_at: datetime


class Detail(Summary):
    """A match. While `sealed`, seed, nonce, transcript and findings are null; `commitment` is SHA-256(nonce, seed).

    `transcript_pruned` says that its moves are no longer kept; everything else of it stays.
    """

    sealed: bool
    rounds: int
    opening_plies: int
    rules_hash: str
    commitment: str
    propensity: float
    game_hash: str | None
    evidence_hash: str | None
    host: str | None
    finished_at: datetime | None
    illegal: list[int] | None
    ms: list[float] | None
    seed: int | None = None
    nonce: str | None = None
    transcript: Transcript | None = None
    transcript_pruned: bool = False
    findings: list[Noticed] | None = None


def unknown(match_id: object) -> UnknownMatch:
    """Nothing is known by that id, which may be none."""
    return UnknownMatch(f"There is no match {match_id}.", todo="List them with GET /api/v1/matches.")


def found(connection: Connection, match_id: UUID) -> dict[str, Any]:
    """A match as `arena.store.matches` tells it. Raises `UnknownMatch`."""
    match = matches.one(connection, match_id)
    if match is None:
        raise unknown(match_id)
    return match


def detail(connection: Connection, match_id: UUID, view: View) -> Detail:
    """A match, with its positions when a view is named.

    Raises:
        UnknownMatch, UnknownView: there is none.
    """
    match = found(connection, match_id)
    told = Detail(**fields(match, labels(connection, match["seats"])), **_known(match))
    if not match["sealed"]:
        _reveal(connection, match, told, view)
    if not match["sealed"] or match["queue"] == "dead":
        told.findings = [
            Noticed(kind=f.kind, detail=f.detail, created_at=f.created_at)
            for f in findings.of_match(connection, match["id"])
        ]
    return told


def _known(match: dict[str, Any]) -> dict[str, Any]:
    plain = ("sealed", "rounds", "opening_plies", "propensity", "host", "finished_at", "illegal", "ms")
    hashes = ("rules_hash", "commitment", "game_hash", "evidence_hash")
    return {
        **{name: match[name] for name in plain},
        **{name: match[name].hex() if match[name] is not None else None for name in hashes},
    }


def _reveal(connection: Connection, match: dict[str, Any], told: Detail, view: View) -> None:
    told.seed, told.nonce = match["seed"], match["nonce"].hex()
    blob = matches.transcript(connection, match["id"])
    # Both are written in one transaction: a result without a transcript once had one.
    told.transcript_pruned = blob is None
    if blob is not None:
        name = view(catalog.load(told.game).facts) if callable(view) else view
        report = unpack_report(blob)
        told.transcript = transcript(match, report, name)
        for seat in told.seats:
            seat.why = why(report, seat.seat, matches.terms(match))
