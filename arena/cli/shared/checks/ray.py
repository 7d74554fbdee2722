"""Ray, where ARENA_RAY_ADDRESS names a cluster: does anything listen there?"""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject
from arena.cli.supervise.state import check_ray, place
from arena.core.errors import Unreachable


def check(subject: Subject) -> Iterator[Finding]:
    """Its address takes connections. Whether it also takes the token shows when the pool joins."""
    address = subject.settings.ray_address
    if address is None or address == "auto":
        yield Finding("skip", "not given by address")
        return
    try:
        check_ray(address)
    except Unreachable as error:
        yield Finding("fail", error.what, error.todo)
    else:
        yield Finding("ok", f"{place(address)} takes connections")
