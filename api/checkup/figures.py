"""What Prometheus calls each figure, told once: the parts give the values, the page and `/metrics` show them."""

from dataclasses import dataclass

from api.checkup.model import Figure, Unit


@dataclass(frozen=True, slots=True)
class Metric:
    """One name of `/metrics`. `tells` is its help text; a figure with a `label` may come several times."""

    name: str
    tells: str
    unit: Unit = ""
    label: str = ""
    counts: bool = False
    """It only grows, but for a new beginning at 0: a counter. Else a gauge."""

    def of(self, what: str, value: float, label: str = "") -> Figure:
        """Its value, which the page calls `what`."""
        labels = {self.label: label} if self.label else {}
        return Figure(what=what, value=value, unit=self.unit, metric=self.name, labels=labels)


QUEUE_DEPTH = Metric("arena_queue_depth", "Matches in the queue.", label="status")
QUEUE_OLDEST = Metric("arena_queue_oldest_seconds", "Age of the oldest of them.", "s", "status")
LEASES = Metric("arena_leases", "Matches leased by a host.", label="host")
BUSY = Metric("arena_host_busy_share", "Share of a host's places that are taken.", "share", "host")
SETTLED = Metric("arena_settled_per_second", "Matches settled a second, over the last minute.", "/s")
LAG = Metric("arena_settle_lag_seconds", "From last ply to settled, mean over the last minute.", "s")
BACKLOG = Metric("arena_results_backlog", "Reports that wait to be settled.")
REFUSED = Metric("arena_results_refused", "Results refused, ever.", label="kind")
UNTOLD = Metric("arena_feed_untold", "Events that are not on the feed yet.")
UNTOLD_AGE = Metric("arena_feed_lag_seconds", "Age of the oldest event that is not on the feed yet.", "s")
JOBS = Metric("arena_jobs", "Jobs there are.", label="state")
UNCLAIMED = Metric("arena_job_unclaimed_seconds", "How long the first job that may be claimed has waited.", "s")
OVERDUE = Metric("arena_job_lease_overdue_seconds", "Since when a running job's lease has been over.", "s")
CLIENTS = Metric("arena_sse_clients", "Clients that follow the feed through this process.")
BOTS = Metric("arena_bots_connected", "Bots connected to this process.")
BOT_TURNS = Metric("arena_bot_turns_total", "Turns of bots by outcome, in this process.", label="outcome", counts=True)
ENDPOINT_REQUESTS = Metric(
    "arena_endpoint_requests_total", "Requests to players' endpoints by outcome.", label="outcome", counts=True
)
ENDPOINT_S = Metric("arena_endpoint_seconds_total", "What these requests took together.", "s", counts=True)
ENDPOINT_TOKENS = Metric(
    "arena_endpoint_tokens_total", "Tokens that endpoints say they read and wrote.", label="direction", counts=True
)

METRICS = (
    QUEUE_DEPTH, QUEUE_OLDEST, LEASES, BUSY, SETTLED, LAG, BACKLOG, REFUSED, UNTOLD, UNTOLD_AGE, JOBS, UNCLAIMED,
    OVERDUE, CLIENTS, BOTS, BOT_TURNS, ENDPOINT_REQUESTS, ENDPOINT_S, ENDPOINT_TOKENS,
)  # fmt: skip
