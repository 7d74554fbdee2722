"""Redis or Valkey: does it answer?"""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import NOT_GIVEN, Finding, Subject
from arena.core.errors import ArenaError


def check(subject: Subject) -> Iterator[Finding]:
    """It answers."""
    server = subject.redis
    if server is None:
        yield Finding("skip", NOT_GIVEN)
    elif isinstance(server, ArenaError):
        yield Finding("fail", server.what, server.todo)
    else:
        yield Finding("ok", f"version {server.version}")
