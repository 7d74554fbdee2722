"""Figures for Prometheus: those of the health page, from the same reading. No part need be asked."""

from collections.abc import Iterator

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from api.checkup.figures import METRICS
from api.checkup.model import Checkup
from api.context import Reach

router = APIRouter(tags=["health"])


class _Reading:
    """One scrape, as a collector."""

    def __init__(self, told: Checkup) -> None:
        self._figures = [figure for part in told.parts for figure in part.figures]

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        for metric in METRICS:
            family_of = CounterMetricFamily if metric.counts else GaugeMetricFamily
            family = family_of(metric.name, metric.tells, labels=[metric.label] if metric.label else [])
            for figure in self._figures:
                if figure.metric == metric.name:
                    family.add_metric(list(figure.labels.values()), figure.value)
            yield family


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(reach: Reach) -> Response:
    """Queue, leases, settling, refusals, jobs, feed and bots, as Prometheus reads them; of a silent server, nothing."""
    registry = CollectorRegistry()
    registry.register(_Reading(await reach.examiner.look()))  # pyright: ignore[reportArgumentType]
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
