"""refit: rebuild a ladder from its facts. Void a match and refit, and it is as if the match had never been played."""

from uuid import UUID

from sqlalchemy import Connection

from arena.core.errors import UnknownMatch
from arena.flow.board import Board
from arena.store import ladders, outbox


def void(connection: Connection, match_id: UUID, reason: str) -> None:
    """Append that a settled match no longer counts, and refit its ladder.

    Raises:
        UnknownMatch: it has no rated result.
    """
    ladders.lock(connection)
    ladder = ladders.ladder_of(connection, match_id)
    if ladder is None:
        raise UnknownMatch(f"Match {match_id} has no rated result.", todo="Give the id of a settled rated match.")
    ladders.void(connection, match_id, reason)
    refit(connection, ladder)
    game, _, league = ladder.partition("/")
    data = {"match_id": str(match_id), "game": game, "league": league, "reason": reason}
    outbox.add(connection, [("match.voided", data)])


def refit(connection: Connection, ladder: str) -> None:
    """Recompute a ladder's Elo, events and counts from the results that count, in their own order."""
    ladders.lock(connection)
    board = Board()
    for row in ladders.counted(connection, ladder):
        board.play(ladder, row.match_id, row.seats, row.ranks, row.ladder_seq)
    ladders.forget(connection, ladder)
    board.save(connection)
