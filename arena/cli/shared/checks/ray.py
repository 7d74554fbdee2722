"""Ray, where ARENA_RAY_ADDRESS names a cluster: does anything listen there?"""

from collections.abc import Iterator

from arena.cli.shared.diagnosis import Finding, Subject
from arena.cli.supervise.state import answers, place


def check(subject: Subject) -> Iterator[Finding]:
    """Its address takes connections. Whether it also takes the token shows when the pool joins."""
    address = subject.settings.ray_address
    if address is None or address == "auto":
        yield Finding("skip", "not given by address")
    elif answers(place(address)):
        yield Finding("ok", f"{place(address)} takes connections")
    else:
        todo = "Start the cluster, correct ARENA_RAY_ADDRESS (host:port), or unset it for a local one."
        yield Finding("fail", f"Nothing takes connections at Ray's address {place(address)}.", todo)
