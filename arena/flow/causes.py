"""causes: why a player forfeited a match, for the reason that its owner is given."""

from uuid import UUID

from sqlalchemy import Connection

from arena.core.forfeits import why
from arena.core.wire import unpack_report
from arena.store import matches


def cause(connection: Connection, match_id: UUID, version_id: UUID) -> str | None:
    """The sentence, with the game; None while the match is sealed, or once its moves are no longer kept.

    A refused reply is quoted in it, and the reason is for everybody: it must not tell of a leg that is still open.
    """
    match = matches.one(connection, match_id)
    blob = matches.transcript(connection, match_id)
    if match is None or match["sealed"] or blob is None:
        return None
    told = why(unpack_report(blob), match["seats"].index(version_id), matches.terms(match))
    return told and f"{match['game']}: {told}"
