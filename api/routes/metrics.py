"""Figures for Prometheus. Read at each scrape from the database, Redis and this process: no part need be asked."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from api.context import Reach, Transaction
from arena.core.jobs import State
from arena.store import vitals
from arena.store.vitals import WINDOW_S, Vitals
from arena.stream.results import backlog

router = APIRouter(tags=["health"])

STATUSES = ("queued", "leased", "dead")


class _Reading:
    """One scrape, as a collector."""

    def __init__(self, now: Vitals, plain: dict[str, tuple[str, float]], slots: int) -> None:
        self._now, self._plain, self._slots = now, plain, slots

    def collect(self) -> Iterator[Metric]:
        depth = GaugeMetricFamily("arena_queue_depth", "Matches in the queue.", labels=["status"])
        oldest = GaugeMetricFamily("arena_queue_oldest_seconds", "Age of the oldest of them.", labels=["status"])
        for status in STATUSES:
            count, age = self._now.queue.get(status, (0, 0.0))
            depth.add_metric([status], count)
            oldest.add_metric([status], age)
        leases = GaugeMetricFamily("arena_leases", "Matches leased by a host.", labels=["host"])
        busy = GaugeMetricFamily("arena_host_busy_share", "Share of a host's places that are taken.", labels=["host"])
        for host, count in self._now.leases.items():
            leases.add_metric([host], count)
            busy.add_metric([host], min(1.0, count / self._slots))
        refused = GaugeMetricFamily("arena_results_refused", "Results refused, ever.", labels=["kind"])
        for kind, count in self._now.refused.items():
            refused.add_metric([kind], count)
        jobs = GaugeMetricFamily("arena_jobs", "Jobs there are.", labels=["state"])
        for state in State:
            jobs.add_metric([state.value], self._now.jobs.states.get(state.value, 0))
        yield from (depth, oldest, leases, busy, refused, jobs)
        for name, (what, value) in self._plain.items():
            yield GaugeMetricFamily(f"arena_{name}", what, value=value)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
def metrics(connection: Transaction, reach: Reach) -> Response:
    """Queue, leases, settling, refusals, jobs and the feed, as Prometheus reads them."""
    now = vitals.read(connection)
    plain: dict[str, tuple[str, float]] = {
        "settled_per_second": ("Matches settled a second, over the last minute.", now.settled / WINDOW_S),
        "settle_lag_seconds": ("From last ply to settled, mean over the last minute.", now.lag_s),
        "results_backlog": ("Reports that wait to be settled.", backlog(reach.redis)),
        "feed_untold": ("Events that are not on the feed yet.", now.untold),
        "feed_lag_seconds": ("Age of the oldest event that is not on the feed yet.", now.untold_s),
        "job_unclaimed_seconds": ("How long the first job that may be claimed has waited.", now.jobs.unclaimed_s),
        "job_lease_overdue_seconds": ("Since when a running job's lease has been over.", now.jobs.lost_s),
        "sse_clients": ("Clients that follow the feed through this process.", reach.hub.clients),
    }
    registry = CollectorRegistry()
    registry.register(_Reading(now, plain, reach.settings.host_matches))  # pyright: ignore[reportArgumentType]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
