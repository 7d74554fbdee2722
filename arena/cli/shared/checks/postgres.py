"""PostgreSQL: does it answer, and is it new enough?"""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import NOT_GIVEN, Finding, Subject
from arena.core.errors import ArenaError

OLDEST = 14


def check(subject: Subject) -> Iterator[Finding]:
    """It answers, and is of version `OLDEST` or later."""
    server = subject.postgres
    if server is None:
        yield Finding("skip", NOT_GIVEN)
    elif isinstance(server, ArenaError):
        yield Finding("fail", server.what, server.todo)
    elif server.number < OLDEST * 10_000:
        what = f"PostgreSQL is {server.version}; the arena needs {OLDEST} or later."
        yield Finding("fail", what, "Upgrade it, or unset ARENA_DATABASE_URL for the embedded server.")
    else:
        yield Finding("ok", f"version {server.version}")
