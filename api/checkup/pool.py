"""The state of the pool and its match hosts. They show themselves by the leases they take and keep alive."""

from api.checkup import figures
from api.checkup.model import Figure, Part, Seen, waits
from api.checkup.readings import Stored, Streamed
from arena.store.vitals import Vitals
from arena.stream.endpoints import MILLISECONDS, REQUESTS, TOKENS

TAKEN_S = 15.0
"""A pool with room looks every quarter of a second: when a match waits this long and none is played, there is none."""
BEHIND_S = 120.0
START = "Start it: `arena up` does so by itself, else `arena run pool`; see `arena logs pool` and `arena logs ray`."


def judge(seen: Seen) -> Part:
    """Whether matches are taken and played."""
    part = Part(name="pool", title="Pool and hosts", detail="Matches are being played.")
    asked = _asked(seen.streamed.endpoints) if isinstance(seen.streamed, Streamed) else []
    if not isinstance(seen.stored, Stored):
        return waits(part, "PostgreSQL").model_copy(update={"figures": asked})
    part.figures = [*_figures(seen.stored, seen.slots), *asked]
    return _playing(part, seen.stored.vitals)


def _playing(part: Part, now: Vitals) -> Part:
    queued, oldest_s = now.queue.get("queued", (0, 0.0))
    leased = sum(now.leases.values())
    if leased == now.expired and max(oldest_s, now.expired_s) > TAKEN_S:
        return part.judged("critical", "away", "Matches wait, and no host takes them.", START)
    if now.expired:
        what = f"{now.expired} leases ran out: their host is gone, and they are played again."
        return part.judged("warning", "lost a host", what, "See `arena logs pool` and `arena logs hosts`.")
    if oldest_s > BEHIND_S:
        what = f"A match has waited for {oldest_s:.0f} s."
        return part.judged("warning", "behind", what, "Add hosts (ARENA_HOSTS), or lower ARENA_PACE.")
    if now.given_up_lately:
        what = f"{now.given_up_lately} matches of the last hour were given up."
        return part.judged("warning", "giving up", what, "Their pages say why; `arena logs hosts` has the cause.")
    if leased:
        return part
    waiting = "Matches have just been queued." if queued else "Nothing waits, and nothing is played."
    return part.judged("ok", "well" if queued else "idle", waiting)


def _figures(told: Stored, slots: int) -> list[Figure]:
    now, found = told.vitals, list[Figure]()
    for status, word in (("queued", "queued"), ("leased", "being played"), ("dead", "given up")):
        count, age_s = now.queue.get(status, (0, 0.0))
        found += [
            figures.QUEUE_DEPTH.of(word, count, status),
            figures.QUEUE_OLDEST.of(f"oldest {word}", age_s, status),
        ]
    for host, count in sorted(now.leases.items()):
        found += [
            figures.LEASES.of(f"leases of {host}", count, host),
            figures.BUSY.of(f"busy share of {host}", min(1.0, count / slots), host),
        ]
    return found


def _asked(counts: dict[str, int]) -> list[Figure]:
    """What became of the hosts' requests to players' endpoints; nothing where there was none."""
    found = list[Figure]()
    for name, count in sorted(counts.items()):
        if name.startswith(REQUESTS):
            outcome = name.removeprefix(REQUESTS)
            found.append(figures.ENDPOINT_REQUESTS.of(f"requests to endpoints {outcome}", count, outcome))
        elif name.startswith(TOKENS):
            direction = name.removeprefix(TOKENS)
            found.append(figures.ENDPOINT_TOKENS.of(f"{direction} tokens of endpoints", count, direction))
        elif name == MILLISECONDS:
            found.append(figures.ENDPOINT_S.of("time of requests to endpoints", count / 1000))
    return found
