"""This machine's clock against those of the servers: leases and rates are counted in time."""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import NOT_GIVEN, Finding, Subject
from arena.cli.shared.servers import Postgres, Redis

SKEW_S = 2.0


def check(subject: Subject) -> Iterator[Finding]:
    """No clock is more than `SKEW_S` away."""
    asked = [x for x in (subject.postgres, subject.redis) if isinstance(x, Postgres | Redis)]
    if not asked:
        yield Finding("skip", f"no server to compare with: {NOT_GIVEN}")
    for server in asked:
        name, offset_s = type(server).__name__, server.offset_s
        if abs(offset_s) > SKEW_S:
            way = "ahead of" if offset_s > 0 else "behind"
            what = f"{name}'s clock is {abs(offset_s):.1f} s {way} this machine's."
            yield Finding("fail", what, "Let NTP set the clocks of both machines.")
        else:
            yield Finding("ok", f"{name}'s clock is {abs(offset_s):.2f} s away")
