"""How the arena is doing, in a few cheap queries: what waits, what is leased, how fast and how late it is settled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from arena.core.ids import first_id

WINDOW_S = 60.0
LATELY_S = 3600.0

QUEUE = """
    SELECT q.status, count(*), coalesce(extract(epoch FROM now() - min(m.created_at)), 0)
    FROM match_queue q JOIN match m ON m.id = q.match_id GROUP BY q.status
"""
LEASES = "SELECT host, count(*) FROM match_queue WHERE status = 'leased' GROUP BY host"
EXPIRED = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(lease_until)), 0)
    FROM match_queue WHERE status = 'leased' AND lease_until < now()
"""
SETTLED = """
    SELECT count(*), coalesce(avg(extract(epoch FROM settled_at - finished_at)), 0)
    FROM result WHERE settled_at > now() - make_interval(secs => :window)
"""
REFUSED = "SELECT kind, count(*) FROM finding WHERE kind LIKE 'result.%' GROUP BY kind"
LATELY = """
    SELECT (SELECT count(*) FROM finding WHERE kind LIKE 'result.%' AND kind <> 'result.stale_fence' AND id >= :since),
        (SELECT count(*) FROM match_queue WHERE status = 'dead' AND match_id >= :since)
"""
JOBS = "SELECT state, count(*) FROM job GROUP BY state"
UNCLAIMED = """
    SELECT coalesce(extract(epoch FROM now() - min(coalesce(retry_at, created_at))), 0)
    FROM job WHERE state = 'queued' AND coalesce(retry_at, created_at) <= now()
"""
LOST = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(lease_until)), 0)
    FROM job WHERE state = 'running' AND lease_until < now()
"""
WAITING = "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM outbox WHERE feed_seq IS NULL"


@dataclass(frozen=True, slots=True)
class JobVitals:
    """The jobs, and whether anybody sees to them."""

    states: dict[str, int] = field(default_factory=dict[str, int])
    """How many are in each state."""
    unclaimed_s: float = 0.0
    """For how long the first of those that may be claimed has waited."""
    lost: int = 0
    """Running jobs whose runner's lease ran out and that are not claimed again yet; they are among `states`."""
    lost_s: float = 0.0
    """Since when the first of them has."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """One reading. Ages and lags in seconds."""

    queue: dict[str, tuple[int, float]]
    """By status: how many matches, and the age of the oldest."""
    leases: dict[str, int]
    """By match host."""
    settled: int
    """Matches settled in the last `WINDOW_S`."""
    lag_s: float
    """From the last ply to being settled, mean over the same time."""
    refused: dict[str, int]
    """By kind of finding, ever."""
    expired: int
    """Leases that ran out and are not taken again yet; they are among `leases`."""
    expired_s: float
    """Since when the first of them has."""
    refused_lately: int
    """In the last `LATELY_S`; a stale fence is nothing unusual and does not count."""
    given_up_lately: int
    """Matches made in the last `LATELY_S` that were given up."""
    untold: int
    """Events not on the feed yet."""
    untold_s: float
    """Age of the oldest of them."""
    jobs: JobVitals = JobVitals()


def read(connection: Connection) -> Vitals:
    """Take a reading."""

    def rows(query: str, **values: Any) -> list[Any]:
        return list(connection.execute(text(query), values))

    ((settled, lag),) = rows(SETTLED, window=WINDOW_S)
    ((untold, untold_s),) = rows(WAITING)
    ((expired, expired_s),) = rows(EXPIRED)
    since = first_id(datetime.now(UTC) - timedelta(seconds=LATELY_S))
    ((refused_lately, given_up_lately),) = rows(LATELY, since=since)
    return Vitals(
        queue={status: (n, float(age)) for status, n, age in rows(QUEUE)},
        leases={host or "": n for host, n in rows(LEASES)},
        settled=settled,
        lag_s=float(lag),
        refused=dict(map(tuple, rows(REFUSED))),
        expired=expired,
        expired_s=float(expired_s),
        refused_lately=refused_lately,
        given_up_lately=given_up_lately,
        untold=untold,
        untold_s=float(untold_s),
        jobs=_jobs(connection),
    )


def _jobs(connection: Connection) -> JobVitals:
    states = {row[0]: row[1] for row in connection.execute(text(JOBS))}
    lost, lost_s = connection.execute(text(LOST)).one()
    unclaimed_s = connection.execute(text(UNCLAIMED)).scalar_one()
    return JobVitals(states, float(unclaimed_s), int(lost), float(lost_s))
