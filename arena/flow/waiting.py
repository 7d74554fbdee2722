"""waiting: what a version waits for, computed whenever somebody asks. What is waited for changes; it is not stored."""

from collections.abc import Set
from datetime import UTC, timedelta
from uuid import UUID

from sqlalchemy import Connection

from arena.core.agents import kind_of
from arena.flow.qualify import LEGS, OPPONENTS, WAIT_H, opponents, seen_in
from arena.store import lives
from arena.store.players import Version


def connects(version: Version) -> bool:
    """Whether what it waits for depends on who is connected."""
    return version.status in (lives.VALIDATING, lives.QUALIFYING, lives.ACTIVE) and bool(
        kind_of(version.kind).get("connects")
    )


def waits_for(connection: Connection, version: Version, present: Set[UUID] | None) -> str | None:
    """What stands between a version and its next match, as what follows "it waits for"; None where nothing does.

    `present` are those connected now; None where that cannot be known, and nothing is told that depends on it.
    """
    if present is None and connects(version):
        return None
    away = connects(version) and version.id not in (present or ())
    match version.status:
        case lives.VALIDATING:
            return _to_begin(connection, version, away=away)
        case lives.QUALIFYING:
            made = lives.qualification(connection, version.id)
            over = sum(match.stops is not None for match in made)
            and_bot = ", and for its bot to connect: without it they are forfeited" if away else ""
            return f"its matches, of which {over} of {LEGS * len(seen_in(version))} are over{and_bot}"
        case lives.ACTIVE if away:
            return "its bot to connect: until then no matches are made for it"
        case _:
            return None


def _to_begin(connection: Connection, version: Version, *, away: bool) -> str:
    """As `Qualifier` goes about it, in the same order."""
    if not kind_of(version.kind):
        return f"an arena that knows the kind {version.kind}"
    if away:
        until = lives.since(connection, version.id).astimezone(UTC) + timedelta(hours=WAIT_H)
        return f"its bot to connect, until {until:%Y-%m-%d %H:%M} UTC"
    if opponents(connection, seen_in(version)) is None:
        return f"the arena's own players {' and '.join(OPPONENTS)}, which are not there yet"
    return "its turn: its matches are about to be made"
