"""settle: turn reports into facts. Verified by replay, under the current fence, in one transaction a batch, once.

The order of work makes it safe to stop anywhere: what was committed is not settled again, what was not committed is
still in the stream.
"""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, IntegrityError

from arena.anticheat.replay import Ordered, Refusal, verify
from arena.core.logs import about
from arena.core.wire import MatchReport, Stop, unpack_report
from arena.flow.board import Board
from arena.store import findings, ladders, outbox, players, queue
from arena.store.findings import Noticed
from arena.stream.results import Entry, Results
from games import catalog
from games.record import rules_hash
from games.rules import Format

log = logging.getLogger("arena.settle")

UNWRITABLE = (DataError, IntegrityError, ValueError, OverflowError)
"""What writing a report may raise because of the report; anything else is ours, and stops the desk."""
SKEW_S = 300.0
"""How far the clock of a match host may be off."""


@dataclass(slots=True)
class Settled:
    """What one batch came to."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Batch:
    """What is to be written for one batch."""

    board: Board
    results: list[tuple[Any, ...]] = field(default_factory=list[tuple[Any, ...]])
    blobs: list[tuple[UUID, bytes]] = field(default_factory=list[tuple[UUID, bytes]])
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list[tuple[str, dict[str, Any]]])
    noticed: list[Noticed] = field(default_factory=list[Noticed])
    labels: dict[UUID, str] = field(default_factory=dict[UUID, str])
    done: list[UUID] = field(default_factory=list[UUID])
    again: list[tuple[UUID, int]] = field(default_factory=list[tuple[UUID, int]])


class Settler:
    """Reads the `results` stream and settles it, up to `batch` reports in a transaction."""

    def __init__(self, engine: Engine, results: Results, batch: int) -> None:
        self._engine, self._results, self._size = engine, results, batch
        self._labels: dict[UUID, str] = {}
        """Of every version that was met. Labels never change, so each is asked for once."""

    def once(self, block_ms: int) -> Settled:
        """Settle one batch, waiting up to `block_ms` for the first report."""
        entries = self._results.read(self._size, block_ms)
        if not entries:
            return Settled()
        try:
            settled = self._commit(entries)
        except UNWRITABLE:
            settled = self._one_by_one(entries)
        self._results.acknowledge(entries)
        return settled

    def _commit(self, entries: list[Entry]) -> Settled:
        with self._engine.begin() as connection:
            return self._settle(connection, entries)

    def _one_by_one(self, entries: list[Entry]) -> Settled:
        """One report of a batch cannot be written: settle the others, and record that one instead of stopping at it."""
        total = Settled()
        for entry in entries:
            try:
                one = self._commit([entry])
            except UNWRITABLE as error:
                with self._engine.begin() as connection:
                    detail = {"why": type(error).__name__, "bytes": len(entry.blob), "head": entry.blob[:64].hex()}
                    findings.add(connection, [Noticed("result.unwritable", None, None, detail)])
                one = Settled(refused=1)
            total.accepted += one.accepted
            total.duplicates += one.duplicates
            total.refused += one.refused
        return total

    def _settle(self, connection: Connection, entries: list[Entry]) -> Settled:
        reports, noticed = _read(entries)
        ladders.lock(connection)
        ids = [UUID(r.match_id) for r, _ in reports]
        held = queue.held_for_settling(connection, ids)
        known = ladders.settled(connection, ids)
        rated = {f"{m.game}/{m.league}" for m in held.values() if m.purpose == "rated"}
        batch = _Batch(Board.load(connection, rated), noticed=noticed, labels=self._labels)
        self._meet(connection, {seat for match in held.values() for seat in match.seats})
        settled = Settled(refused=len(noticed))
        for report, blob in reports:
            match_id = UUID(report.match_id)
            if match_id in known:
                settled.duplicates += 1
                continue
            with about(match_id=report.match_id, host=report.host):
                refusal = _refuse(held.get(match_id), report)
                if refusal is None:
                    _accept(batch, held[match_id], report, blob)
                    known.add(match_id)
                    settled.accepted += 1
                else:
                    settled.refused += 1
                    _note(batch, held.get(match_id), report, refusal)
        _write(connection, batch)
        return settled

    def _meet(self, connection: Connection, seats: set[UUID]) -> None:
        """Learn the labels of those that have not been met yet."""
        if new := seats - self._labels.keys():
            self._labels.update({v.id: v.label for v in players.versions(connection, ids=[*new])})


def _refuse(match: Any, report: MatchReport) -> Refusal | None:
    """Why a report is not settled: who sent it and when, then what it says."""
    if match is None:
        return Refusal("unknown_match", "no such match is waiting for a result")
    if match.status != "leased" or report.fence != match.fence:
        return Refusal("stale_fence", f"fence {report.fence} is not the current one, {match.fence}")
    if report.host != match.host:
        return Refusal("host", f"the lease is not {report.host}'s")
    return _refuse_content(match, report)


def _refuse_content(match: Any, report: MatchReport) -> Refusal | None:
    rules = catalog.load(match.game)
    if rules_hash(rules) != match.rules_hash:
        return Refusal("rules", "the rules have changed since the match was made")
    if any(s.stop == Stop.INFRASTRUCTURE for s in report.seats):
        return Refusal("infrastructure", report.final.reply if report.final else "the arena's own parts failed")
    if not -SKEW_S < report.finished_at - match.created_at.timestamp() < _age_s(match) + SKEW_S:
        return Refusal("finished_at", "it says it ended before it was made, or after now")
    fmt = Format(match.rounds, match.opening_plies)
    seats = tuple(str(s) for s in match.seats)
    terms = (match.illegal_budget, match.ply_clock_ms, match.match_clock_ms)
    return verify(Ordered(rules, match.variant, fmt, match.seed, seats, *terms), report)


def _age_s(match: Any) -> float:
    return (datetime.now(UTC) - match.created_at).total_seconds()


def _read(entries: list[Entry]) -> tuple[list[tuple[MatchReport, bytes]], list[Noticed]]:
    """The reports among the entries, and a finding for each that is none."""
    reports: list[tuple[MatchReport, bytes]] = []
    noticed: list[Noticed] = []
    for entry in entries:
        try:
            report = unpack_report(entry.blob)
            UUID(report.match_id)
        except ValueError as error:  # BadReport is one, and so is an id that is none
            detail = {"why": str(error), "bytes": len(entry.blob), "head": entry.blob[:64].hex()}
            noticed.append(Noticed("result.unreadable", None, None, detail))
        else:
            reports.append((report, entry.blob))
    return reports, noticed


def _accept(batch: _Batch, match: Any, report: MatchReport, blob: bytes) -> None:
    seats, ladder, seq = report.seats, None, None
    ranks = [s.rank for s in seats]
    event: dict[str, Any] = {
        "match_id": report.match_id, "game": match.game, "league": match.league, "purpose": match.purpose,
        "ranks": ranks, "scores": [s.score for s in seats], "seats": [str(s) for s in match.seats],
        "players": [batch.labels.get(s, "?") for s in match.seats], "stops": [s.stop for s in seats],
    }  # fmt: skip
    if match.purpose == "rated":
        ladder = f"{match.game}/{match.league}"
        seq, event["elo"] = batch.board.play(ladder, match.id, match.seats, ranks)
    finished = datetime.fromtimestamp(report.finished_at, UTC)
    event["finished_at"] = finished.isoformat()
    batch.results.append(
        (match.id, ladder, seq, [s.score for s in seats], ranks, [str(s.stop) for s in seats],
         [s.illegal for s in seats], [s.ms for s in seats], len(report.plies), report.game_hash,
         report.evidence_hash, report.host, report.fence, finished)
    )  # fmt: skip
    batch.blobs.append((match.id, blob))
    batch.events.append(("match.settled", event))
    batch.done.append(match.id)


def _note(batch: _Batch, match: Any, report: MatchReport, refusal: Refusal) -> None:
    """Record a refusal; a match refused under its current fence is played again."""
    log.warning("refused a result: %s: %s", refusal.code, refusal.why)
    match_id = match.id if match is not None else None
    detail = {"why": refusal.why, "match": report.match_id, "fence": report.fence}
    batch.noticed.append(Noticed(f"result.{refusal.code}", match_id, report.host, detail))
    if match is not None and match.status == "leased" and match.fence == report.fence:
        batch.again.append((match.id, match.fence))


def _write(connection: Connection, batch: _Batch) -> None:
    if batch.done:
        ladders.write_results(connection, batch.results, batch.blobs)
        batch.board.save(connection)
        queue.finish(connection, batch.done)
        outbox.add(connection, batch.events)
    if batch.noticed:
        findings.add(connection, batch.noticed)
    if batch.again:
        queue.release(connection, batch.again)
