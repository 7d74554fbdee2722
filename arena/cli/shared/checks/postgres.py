"""PostgreSQL: does it answer, is it new enough, and does the arena own its tables?"""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import NOT_GIVEN, Finding, Subject
from arena.core.errors import ArenaError

OLDEST = 14


def check(subject: Subject) -> Iterator[Finding]:
    """It answers, is of version `OLDEST` or later, and lets its user alter the tables."""
    server = subject.postgres
    if server is None:
        yield Finding("skip", NOT_GIVEN)
    elif isinstance(server, ArenaError):
        yield Finding("fail", server.what, server.todo)
    elif server.number < OLDEST * 10_000:
        what = f"PostgreSQL is {server.version}; the arena needs {OLDEST} or later."
        yield Finding("fail", what, "Upgrade it, or unset ARENA_DATABASE_URL for the embedded server.")
    elif server.owner is not None:
        what = (
            f"The tables belong to {server.owner}, not to the arena's user: no partitions are made, nothing is pruned."
        )
        yield Finding(
            "warn",
            what,
            f"Give them to it with `ALTER TABLE … OWNER TO …`, or let ARENA_DATABASE_URL name {server.owner}.",
        )
    else:
        yield Finding("ok", f"version {server.version}")
