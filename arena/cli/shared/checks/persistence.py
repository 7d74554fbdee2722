"""A Redis that forgets everything when it restarts."""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import NOT_GIVEN, Finding, Subject
from arena.cli.shared.servers import Redis


def check(subject: Subject) -> Iterator[Finding]:
    """It writes an append-only file or snapshots. Without, results on their way are lost and played again."""
    redis = subject.redis
    if not isinstance(redis, Redis):
        yield Finding("skip", NOT_GIVEN if redis is None else "it does not answer")
    elif redis.aof:
        yield Finding("ok", "an append-only file")
    elif redis.save is None:
        yield Finding("skip", "no append-only file, and it does not tell about snapshots")
    elif redis.save:
        what = "Redis keeps snapshots only: a crash loses what came after the last one."
        yield Finding("ok", what)
    else:
        todo = "Set `appendonly yes` there, or let a crash cost the matches on their way: they are played again."
        yield Finding("warn", "Redis keeps nothing on disk: no append-only file, no snapshots.", todo)
